// Fits a chart to a width that its drawing was not made for. Header and labels move, and panels get
// other edges, between which they are drawn again. Letters keep their size.

/** Width in CSS pixels from which on the original drawing is readable. */
const WHOLE = 900;

/** Minimum width in CSS pixels of a panel next to another one. */
const NARROWEST = 230;

/** Units of the drawing per CSS pixel. */
const UNITS = 2;

/** Lengths in units: the margin of the header, its rows, the gap between entries of the legend, and
 *  the space above the first row. */
const HEADER = { margin: 24, row: 40, gap: 32, top: 24 };

/** Lengths in units: the lines above a panel, the gap between texts on a line, and the margins. */
const ABOVE = { line: 32, gap: 24, middle: 22, margin: 24, right: 36 };

/** Estimated width of a character of a tick's label, and the space next to a label, in units. */
const TICK_LETTER = 14;
const TICK_SPACE = 28;

/** The layout of a chart. */
class Layout {
  /** @param grid Columns of panels, height of the header, and size of a panel, in units. */
  constructor(chart, grid) {
    const { svg } = chart;
    Object.assign(this, { chart, grid, extras: [] });
    const { width, height } = svg.viewBox.baseVal;
    this.size = [width, height];
    this.paper = svg.querySelector(":scope > path");
    this.texts = [...svg.querySelectorAll(":scope > text")].map((text) => new Label(text));
    this.entries = [...svg.querySelectorAll(":scope > g.entry")].map((group) => {
      const { x, width: wide } = group.getBBox();
      return { group, x, width: wide, label: new Label(group.querySelector("text")) };
    });
    this.labels = chart.panels.map(({ group }) => labelsOf(group));
  }

  /** Fits the chart to a width in CSS pixels; null for the original drawing. */
  fit(width) {
    const isWhole = width === null || width >= WHOLE;
    if (isWhole && !this.isFitted) return;
    this.isFitted = !isWhole;
    this.chart.panels.forEach((panel) => panel.keep());
    this.#restore();
    if (isWhole) this.#resize(...this.size);
    else this.#resize(...this.#arrange(Math.max(width, NARROWEST) * UNITS));
    this.chart.panels.forEach((panel) => panel.fit(this.isFitted));
  }

  #restore() {
    this.extras.splice(0).forEach((one) => one.remove());
    this.texts.forEach((label) => label.restore());
    this.labels.flat().forEach((label) => label.restore());
    this.entries.forEach(({ group, label }) => {
      group.removeAttribute("transform");
      label.restore();
    });
    this.chart.panels.forEach((panel) => { panel.data.inside = panel.inside; });
  }

  #resize(width, height) {
    const { svg, cover } = this.chart;
    [svg, cover].forEach((one) => one.setAttribute("viewBox", `0 0 ${width} ${height}`));
    svg.setAttribute("width", width / UNITS);
    svg.setAttribute("height", height / UNITS);
    this.paper.setAttribute("d", `M0 0h${width}v${height}h-${width}z`);
  }

  /** Arranges all parts within a width in units; returns the size of the chart. */
  #arrange(width) {
    const top = this.#placeEntries(width, this.#placeTexts(width));
    return [width, this.#placePanels(width, top)];
  }

  /** Places title and remark, broken into lines; returns the end of the last one. */
  #placeTexts(width) {
    let y = HEADER.top;
    this.texts.forEach((label) => {
      label.linesWithin(width - 2 * HEADER.margin).forEach((line, idx) => {
        const text = idx === 0 ? label.text : label.text.cloneNode();
        text.textContent = line;
        text.setAttribute("x", HEADER.margin);
        text.setAttribute("y", y + label.drop + HEADER.row / 2);
        if (idx > 0) this.extras.push(text);
        this.chart.svg.insertBefore(text, this.chart.svg.querySelector("g.entry, g.panel"));
        y += HEADER.row;
      });
    });
    return y + 8;
  }

  /** Places the legend in rows; returns the end of the last one. */
  #placeEntries(width, top) {
    let [x, y] = [HEADER.margin, top];
    this.entries.forEach(({ group, x: from, width: wide, label }) => {
      if (x > HEADER.margin && x + wide > width - HEADER.margin) [x, y] = [HEADER.margin, y + HEADER.row];
      label.shorten(width - HEADER.margin - x - (label.x - from));
      group.setAttribute("transform", `translate(${x - from} ${y + HEADER.row / 2 - label.middle})`);
      x += wide + HEADER.gap;
    });
    return this.entries.length > 0 ? y + HEADER.row : top;
  }

  /** Places the panels in as many columns as fit; returns the end of the last row. */
  #placePanels(width, top) {
    const { columns } = this.grid;
    const fitting = Math.min(columns, Math.max(Math.floor(width / UNITS / NARROWEST), 1));
    const wide = Math.floor(width / fitting);
    let [y, end] = [top + 8, top + 8];
    this.chart.panels.forEach((panel, idx) => {
      if (idx % fitting === 0) y = end;
      const area = { x: (idx % fitting) * wide, y, width: wide };
      end = Math.max(end, this.#placePanel(panel, idx, area));
    });
    return end;
  }

  /** Places a panel and its labels; returns its lower end. */
  #placePanel(panel, idx, { x, y, width }) {
    const { columns, top: header, width: whole, height } = this.grid;
    const [left, top, right, bottom] = panel.inside;
    const [from, above] = [(idx % columns) * whole, header + Math.floor(idx / columns) * height];
    const isSmall = columns > 1;
    const shown = this.labels[idx];
    const lines = isSmall
      ? stackLabels(shown, { from: x + left - from, to: x + width - ABOVE.margin, by: y - above })
      : flowLabels(shown, { from: x + ABOVE.margin, to: x + width - ABOVE.right, top: y });
    const upper = y + top - above + (lines - 1) * ABOVE.line;
    const inner = Math.min(left - from, leftOf(panel.data.y));
    const margin = Math.min(from + whole - right, ABOVE.right);
    panel.data.inside = [x + inner, upper, x + width - margin, upper + bottom - top];
    return upper + bottom - top + above + height - bottom;
  }
}

/** The space for the labels of the vertical axis, on either scale. */
function leftOf(axis) {
  const labels = [axis, axis.other].filter(Boolean).flatMap(({ ticks }) => ticks.map(([, label]) => label.length));
  return Math.max(...labels, 0) * TICK_LETTER + TICK_SPACE;
}

/** The labels above a panel, from left to right: name, name of the axis, note. */
function labelsOf(group) {
  const texts = [...group.querySelectorAll(":scope > text, :scope > g.y-name > text")].filter((text) => text.textContent);
  const rank = (text) => (text.getAttribute("text-anchor") === "end" ? 1 : 0);
  return texts.sort((a, b) => rank(a) - rank(b)).map((text) => new Label(text));
}

/** Places labels on as many lines as they need; the last one is at the right of its line. Returns
 *  the number of lines. */
function flowLabels(labels, { from, to, top }) {
  let [x, line] = [from, 0];
  labels.forEach((label) => {
    const width = label.shorten(to - from);
    if (x > from && x + width > to) [x, line] = [from, line + 1];
    const isLast = label.anchor === "end" && x > from;
    label.place(isLast ? to - width : x, top + ABOVE.middle + line * ABOVE.line);
    x += width + ABOVE.gap;
  });
  return line + 1;
}

/** Moves labels that are below each other; returns 1, because the panel has space for them. */
function stackLabels(labels, { from, to, by }) {
  labels.forEach((label) => {
    label.shorten(to - from);
    label.place(from, label.middle + by);
  });
  return 1;
}

/** A text of the drawing that can be moved and restored. */
class Label {
  constructor(text) {
    this.text = text;
    this.words = text.textContent;
    this.anchor = text.getAttribute("text-anchor");
    [this.x, this.y] = ["x", "y"].map((name) => Number(text.getAttribute(name)));
    /** The distance of the baseline from the middle of the letters. */
    this.drop = Math.round(0.35 * Number(text.getAttribute("font-size")));
  }

  /** The middle of the letters in the original drawing. */
  get middle() {
    return this.y - this.drop;
  }

  /** Sets the left end and the middle. */
  place(x, middle) {
    this.text.removeAttribute("text-anchor");
    this.text.setAttribute("x", x);
    this.text.setAttribute("y", middle + this.drop);
  }

  /** Cuts the text in its middle if it is longer than a width; returns the resulting width. */
  shorten(width) {
    return shorten(this.text, width);
  }

  /** The text as lines of a width, broken at spaces. */
  linesWithin(width) {
    const lines = [];
    this.words.split(" ").forEach((word) => {
      this.text.textContent = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
      if (lines.length > 0 && this.text.getComputedTextLength() <= width) lines.splice(-1, 1, this.text.textContent);
      else lines.push(word);
    });
    return lines.map((line) => {
      this.text.textContent = line;
      this.shorten(width);
      return this.text.textContent;
    });
  }

  restore() {
    this.text.textContent = this.words;
    this.text.setAttribute("x", this.x);
    this.text.setAttribute("y", this.y);
    if (this.anchor) this.text.setAttribute("text-anchor", this.anchor);
  }
}

/** Cuts a text in its middle if it is longer than a width, because similar names mostly differ at
 *  their ends; returns the resulting width. */
function shorten(text, width) {
  const letters = [...text.textContent];
  let length = text.getComputedTextLength();
  for (let kept = letters.length - 1; length > width && kept > 0; kept -= 1) {
    // A first estimate spares long texts most of the steps.
    kept = Math.min(kept, Math.ceil((letters.length * width) / length) + 8);
    const end = Math.floor(kept / 2);
    text.textContent = `${letters.slice(0, kept - end).join("")}…${end > 0 ? letters.slice(-end).join("") : ""}`;
    length = text.getComputedTextLength();
  }
  return length;
}

/** The ticks of an axis whose labels do not overlap in a width in units. */
function thinnedTicks(axis, width) {
  const spaced = ([value, label]) => ({ value, label, at: placeOn(axis, value) * width, half: label.length * TICK_LETTER / 2 });
  const ticks = axis.ticks.map(spaced);
  const fits = (a, b) => b.at - b.half - (a.at + a.half) >= TICK_LETTER;
  const bare = (kept) => kept.map(({ value, label }) => [value, label]);
  if (axis.scale !== "linear") {
    return bare(ticks.reduce((kept, tick) => (kept.length === 0 || fits(kept.at(-1), tick) ? [...kept, tick] : kept), []));
  }
  for (let step = 1; step < ticks.length; step += 1) {
    const kept = ticks.filter((_, idx) => idx % step === 0);
    if (kept.every((tick, idx) => idx === 0 || fits(kept[idx - 1], tick))) return bare(kept);
  }
  return bare(ticks.slice(0, 1));
}
