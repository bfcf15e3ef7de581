// A chart of the page: its values, its current axes, and which parts are visible.

/** A chart drawn by drumfire that the script can redraw. */
class Chart {
  /** @param figure The element around the chart's SVG. */
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.title = this.svg.querySelector("title").textContent;
    const { chart, panels, zoom, numbers: format } = JSON.parse(this.svg.querySelector("metadata").textContent);
    this.name = chart;
    this.zoom = zoom;
    numbers ??= format;
    this.panels = [...this.svg.querySelectorAll("g.panel")]
      .map((group, idx) => new Panel(group, panels[idx], `${chart}-${idx}`))
      .filter((panel) => panel.frame);
    this.#cover();
    /** Indices of the legend entries that are switched off. */
    this.off = new Set();
    /** The visible window, from and to in seconds; null for the whole run. */
    this.window = null;
    /** Whether the vertical axes use the other scale than the original drawing. */
    this.isRescaled = false;
  }

  /** Adds a layer above the drawing for everything that follows the pointer: otherwise a drawing
   *  with 200 000 marks would be repainted at every move. */
  #cover() {
    const cover = element("svg", { class: "cover", viewBox: this.svg.getAttribute("viewBox"), "aria-hidden": true });
    cover.append(...this.panels.map(({ over }) => over));
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    this.svg.before(sheet);
    sheet.append(this.svg, cover);
  }

  /** Whether the x axis is a time axis. */
  get isOverTime() {
    return this.panels.some(({ data }) => data.x.unit === "s");
  }

  /** Whether the values can be drawn both on a logarithmic and on a linear axis. */
  get hasScales() {
    return this.panels[0]?.data.y.other !== undefined;
  }

  /** The last second of the time axis. */
  get end() {
    return Math.max(...this.panels.map(({ data }) => data.x.to));
  }

  /** Whether the vertical axes are logarithmic at present. */
  get isLogarithmic() {
    return (this.panels[0]?.data.y.scale === "logarithmic") !== this.isRescaled;
  }

  /** Whether a series is visible: none of its entries is off. */
  shows(series) {
    return !series.entries.some((entry) => this.off.has(entry));
  }

  /** Switches a legend entry on or off. */
  toggle(entry) {
    if (!this.off.delete(entry)) this.off.add(entry);
    this.panels.forEach((panel) => panel.data.series.forEach((series, idx) => {
      panel.groups[idx].style.display = this.shows(series) ? "" : "none";
    }));
  }

  /** Redraws the chart after a change of window or scale. */
  draw() {
    this.panels.forEach((panel) => panel.draw(this.window, this.zoom, this.isRescaled));
  }
}

/** A panel of a chart: axes, and series between them. */
class Panel {
  constructor(group, data, id) {
    this.group = group;
    /** The layer above the panel. */
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
    /** The parts that are redrawn, and copies of the original drawing; null before the first
     *  redraw. */
    this.parts = [this.frame, this.guides, this.yName, ...this.groups].filter(Boolean);
    this.drawn = null;
  }

  /** Returns the clip path that keeps series within the axes when they show a part of the run. */
  #clip(id) {
    const [left, top, right, bottom] = this.data.inside;
    const clip = element("clipPath", { id });
    // Marks at the upper and the lower edge are drawn in full.
    clip.append(element("rect", { x: left, y: top - 8, width: right - left, height: bottom - top + 16 }));
    return clip;
  }

  /** Draws the panel for a window of time, or for the whole run if it is null, on its own scale or on
   *  the other one. */
  draw(window, zoom, isRescaled) {
    const { data } = this;
    const isPart = window && data.x.unit === "s";
    if (!isPart && !isRescaled) {
      this.#restore();
      return;
    }
    this.drawn ??= this.parts.map((part) => part.cloneNode(true));
    const y = isRescaled ? data.y.other : data.y;
    // The whole window, even if the run ended before: charts are read below each other.
    const x = isPart ? timeAxis(data.x, zoom, window) : data.x;
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

  /** Restores the original drawing exactly. */
  #restore() {
    this.axes = { x: this.data.x, y: this.data.y };
    this.drawn?.forEach((copy, idx) => this.parts[idx].replaceChildren(...copy.cloneNode(true).childNodes));
    this.groups.forEach((group) => group.removeAttribute("clip-path"));
    this.clip.remove();
  }

  /** Whether a point is between the axes, or at most `below` under them, in units of the
   *  drawing. */
  holds({ x, y }, below = 0) {
    const [left, top, right, bottom] = this.data.inside;
    return x >= left && x <= right && y >= top && y <= bottom + below;
  }

  /** The value of the x axis at a point, limited to the axis. */
  xAt({ x }) {
    const [left, , right] = this.data.inside;
    return valueOn(this.axes.x, Math.min(Math.max((x - left) / (right - left), 0), 1));
  }

  /** The value of the y axis at a point. */
  yAt({ y }) {
    const [, top, , bottom] = this.data.inside;
    return valueOn(this.axes.y, (bottom - y) / (bottom - top));
  }
}
