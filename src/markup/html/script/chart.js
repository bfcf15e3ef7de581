// A chart of the page: its values, the axes that it has now, and what of it is shown.

/** A chart, drawn by drumfire, that can be drawn anew. */
class Chart {
  /** @param figure The element around the chart's SVG. */
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.title = this.svg.querySelector("title").textContent;
    const { chart, panels } = JSON.parse(this.svg.querySelector("metadata").textContent);
    this.name = chart;
    this.panels = [...this.svg.querySelectorAll("g.panel")]
      .map((group, idx) => new Panel(group, panels[idx], `${chart}-${idx}`))
      .filter((panel) => panel.frame);
    this.#cover();
    /** Numbers of the entries of the legend that are off. */
    this.off = new Set();
    /** Seconds from and to that are shown; null for all. */
    this.window = null;
    /** Whether the upright axes are on the other scale than they were drawn on. */
    this.isRescaled = false;
  }

  /** Lays a sheet over the drawing for what follows the pointer: a drawing of 200 000 marks would be
   *  painted anew with each move. */
  #cover() {
    const cover = element("svg", { class: "cover", viewBox: this.svg.getAttribute("viewBox"), "aria-hidden": true });
    cover.append(...this.panels.map(({ over }) => over));
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    this.svg.before(sheet);
    sheet.append(this.svg, cover);
  }

  /** Whether its x axis is one of time. */
  get isOverTime() {
    return this.panels.some(({ data }) => data.x.unit === "s");
  }

  /** Whether its values can be on a logarithmic axis as well as on a linear one. */
  get hasScales() {
    return this.panels.length > 0 && Boolean(this.reach());
  }

  /** The latest second on its axis of time. */
  get end() {
    return Math.max(...this.panels.map(({ data }) => data.x.to));
  }

  /** Whether its upright axes are logarithmic now. */
  get isLogarithmic() {
    return (this.panels[0]?.data.y.scale === "logarithmic") !== this.isRescaled;
  }

  /** Whether a series is shown: while none of its entries is off. */
  shows(series) {
    return !series.entries.some((entry) => this.off.has(entry));
  }

  /** Switches an entry of the legend on or off. */
  toggle(entry) {
    if (!this.off.delete(entry)) this.off.add(entry);
    this.panels.forEach((panel) => panel.data.series.forEach((series, idx) => {
      panel.groups[idx].style.display = this.shows(series) ? "" : "none";
    }));
  }

  /** Draws it anew after a change of window or scale. */
  draw() {
    const reach = this.isRescaled && this.reach();
    this.panels.forEach((panel) => panel.draw(this.window, reach));
  }

  /** The least and the greatest value above 0 of all panels, which are on one scale. */
  reach() {
    const values = this.panels.flatMap(({ data }) => data.series.flatMap((series) =>
      (series.cells ? usedEdges(series.cells) : [...(series.y ?? []), ...(series.low ?? [])])));
    const guides = this.panels.flatMap(({ data }) => data.guides.map(({ y }) => y));
    const above = values.concat(guides).filter((value) => value > 0);
    const reduced = (better) => above.reduce((a, b) => better(a, b));
    return above.length > 0 ? [reduced(Math.min), reduced(Math.max)] : null;
  }
}

/** The edges of the rows that have cells. */
function usedEdges({ edges, counts }) {
  const isUsed = (row) => counts.some((column) => column[row] > 0);
  return edges.filter((_, idx) => isUsed(idx) || isUsed(idx - 1));
}

/** A panel of a chart: axes, and series between them. */
class Panel {
  constructor(group, data, id) {
    this.group = group;
    /** What lies over the panel. */
    this.over = element("g");
    this.data = data;
    this.frame = group.querySelector("g.frame");
    if (!this.frame) return;
    this.groups = [...group.querySelectorAll("g.series")];
    this.guides = group.querySelector("g.guides");
    this.yName = group.querySelector("g.y-name text");
    this.look = lookOf(this.frame, data);
    this.axes = { x: data.x, y: data.y };
    this.clip = this.#clip(id);
    /** What of it is drawn anew, and copies of that as it was drawn; none before it is. */
    this.parts = [this.frame, this.guides, this.yName, ...this.groups].filter(Boolean);
    this.drawn = null;
  }

  /** What keeps series from being drawn beyond the axes, once these show a part alone. */
  #clip(id) {
    const [left, top, right, bottom] = this.data.inside;
    const clip = element("clipPath", { id });
    // Marks at the upper and the lower edge are whole.
    clip.append(element("rect", { x: left, y: top - 8, width: right - left, height: bottom - top + 16 }));
    return clip;
  }

  /** Draws it with a window of time, or all of it, and with the other scale where values are to reach
   *  from and to. */
  draw(window, reach) {
    const { data } = this;
    const isPart = window && data.x.unit === "s";
    if (!isPart && !reach) {
      this.#restore();
      return;
    }
    this.drawn ??= this.parts.map((part) => part.cloneNode(true));
    const y = reach ? rescaled(data.y, reach, this.#room()) : data.y;
    // All of the window, though the run may have ended before: charts are read below one another.
    const x = isPart ? timeAxis(data.x, window, this.look.letters < 24) : data.x;
    this.axes = { x, y };
    const at = projection(data, this.axes);
    drawFrame(this.frame, this.look, data, this.axes, at);
    this.groups.forEach((group, idx) => {
      drawSeries(group, data.series[idx], data, at);
      if (isPart) group.setAttribute("clip-path", `url(#${this.clip.id})`);
      else group.removeAttribute("clip-path");
    });
    if (isPart) this.group.prepend(this.clip);
    else this.clip.remove();
    drawGuides(this.guides, data, this.axes, at);
    if (this.yName) this.yName.textContent = y.name;
  }

  /** Shows it as it was drawn, to the last digit. */
  #restore() {
    this.axes = { x: this.data.x, y: this.data.y };
    this.drawn?.forEach((copy, idx) => this.parts[idx].replaceChildren(...copy.cloneNode(true).childNodes));
    this.groups.forEach((group) => group.removeAttribute("clip-path"));
    this.clip.remove();
  }

  /** Labels that have room above one another. */
  #room() {
    const [, top, , bottom] = this.data.inside;
    return Math.floor((bottom - top) / (1.35 * this.look.letters));
  }

  /** Whether a place is between the axes, or at most so far below, in units of the drawing. */
  holds({ x, y }, below = 0) {
    const [left, top, right, bottom] = this.data.inside;
    return x >= left && x <= right && y >= top && y <= bottom + below;
  }

  /** The value of the x axis at a place, within the axis. */
  xAt({ x }) {
    const [left, , right] = this.data.inside;
    return valueOn(this.axes.x, Math.min(Math.max((x - left) / (right - left), 0), 1));
  }

  /** The value of the y axis at a place. */
  yAt({ y }) {
    const [, top, , bottom] = this.data.inside;
    return valueOn(this.axes.y, (bottom - y) / (bottom - top));
  }
}
