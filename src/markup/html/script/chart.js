// A chart of the page: its values, its current axes, and which parts are visible.

/** A chart drawn by drumfire that the script can redraw. */
class Chart {
  /** @param figure The element around the chart's SVG. */
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.title = this.svg.querySelector("title").textContent;
    const { chart, panels, zoom, numbers: format, grid, begin } = JSON.parse(this.svg.querySelector("metadata").textContent);
    this.name = chart;
    this.zoom = zoom;
    /** When the first hit was released, in ms since 1970 UTC; undefined for several runs. */
    this.begin = begin;
    numbers ??= format;
    this.panels = [...this.svg.querySelectorAll("g.panel")]
      .map((group, idx) => new Panel(group, panels[idx], `${chart}-${idx}`))
      .filter((panel) => panel.frame);
    this.#cover();
    this.layout = new Layout(this, grid);
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
    this.cover = cover;
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    this.svg.before(sheet);
    sheet.append(this.svg, cover);
  }

  /** Whether the x axis is a time axis. */
  get isOverTime() {
    return this.panels.some(({ data }) => data.x.unit === "s");
  }

  /** The first panel whose values have two scales. */
  get #scaled() {
    return this.panels.find(({ data }) => data.y.other !== undefined);
  }

  /** Whether values can be drawn both on a logarithmic and on a linear axis. */
  get hasScales() {
    return this.#scaled !== undefined;
  }

  /** The last second of the time axis. */
  get end() {
    return Math.max(...this.panels.map(({ data }) => data.x.to));
  }

  /** Whether the vertical axes are logarithmic at present. */
  get isLogarithmic() {
    return (this.#scaled?.data.y.scale === "logarithmic") !== this.isRescaled;
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

  /** Fits the chart to a width in CSS pixels; null for the original drawing. */
  fit(width) {
    const wasFitted = this.layout.isFitted;
    this.layout.fit(width);
    if (wasFitted || this.layout.isFitted) this.draw();
  }

  /** Redraws the chart after a change of window, scale or width. */
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
    /** The edges of the data in the original drawing. */
    this.inside = data.inside;
    /** Whether the panel has other edges now. */
    this.isFitted = false;
    this.look = lookOf(this.frame, data);
    this.axes = { x: data.x, y: data.y };
    this.clip = element("clipPath", { id });
    /** The parts that are redrawn, and copies of the original drawing; null before the first
     *  redraw. */
    this.fit(false);
    this.parts = [this.frame, this.guides, this.yName, ...this.groups].filter(Boolean);
    this.drawn = null;
  }

  /** Keeps a copy of the original drawing before its first change. */
  keep() {
    this.drawn ??= this.parts.map((part) => part.cloneNode(true));
  }

  /** Takes over the edges in the data. */
  fit(isFitted) {
    this.isFitted = isFitted;
    const [left, top, right, bottom] = this.data.inside;
    // Marks at the upper and the lower edge are drawn in full.
    const area = { x: left, y: top - 8, width: right - left, height: bottom - top + 16 };
    this.clip.replaceChildren(element("rect", area));
  }

  /** Draws the panel for a window of time, or for the whole run if it is null, on its own scale or on
   *  the other one. */
  draw(window, zoom, isRescaled) {
    const { data } = this;
    const isPart = window && data.x.unit === "s";
    if (!isPart && !isRescaled && !this.isFitted) {
      this.#restore();
      return;
    }
    this.keep();
    const y = (isRescaled && data.y.other) || data.y;
    // The whole window, even if the run ended before: charts are read below each other.
    const whole = isPart ? timeAxis(data.x, zoom, window) : data.x;
    const [left, , right] = data.inside;
    const x = this.isFitted ? { ...whole, ticks: thinnedTicks(whole, right - left) } : whole;
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
