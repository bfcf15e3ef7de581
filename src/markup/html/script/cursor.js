// The cursor: a line through all time charts, and the values of the chart under the pointer.

/** Shows values at the pointer, or where the arrow keys have moved the cursor. */
class Cursor {
  constructor(charts, live) {
    this.charts = charts;
    this.live = live;
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.tip.setAttribute("aria-hidden", "true");
    charts.forEach((chart) => this.#listen(chart));
    // A finger leaves the chart after a touch: its values stay visible until the next touch.
    document.addEventListener("pointerdown", (event) => {
      if (!charts.some(({ svg }) => svg.contains(event.target))) this.hide();
    });
  }

  #listen(chart) {
    const { svg } = chart;
    svg.addEventListener("pointermove", (event) => this.#point(chart, event));
    svg.addEventListener("pointerdown", (event) => this.#point(chart, event));
    svg.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.hide();
    });
    svg.addEventListener("blur", () => this.hide());
    svg.addEventListener("keydown", (event) => this.#key(chart, event));
  }

  #point(chart, event) {
    const place = placeOf(chart.svg, event);
    const panel = chart.panels.find((panel) => panel.holds(place));
    if (panel) this.#show(chart, panel, panel.xAt(place), place);
    else this.hide();
  }

  /** Moves along the stops of a panel with the left and right arrow keys, and to another panel
   *  with the up and down keys. */
  #key(chart, event) {
    if (event.target !== chart.svg || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") this.hide();
    const at = this.at?.chart === chart ? this.at : null;
    const panel = panelAfter(chart, at, event.key);
    if (!panel) return;
    event.preventDefault();
    const stops = stopsOf(panel);
    if (stops.length === 0) return;
    const reading = this.#show(chart, panel, stops[stopAfter(stops, at, event)], null);
    this.live.textContent = wordsOf(reading);
  }

  #show(chart, panel, x, place) {
    const reading = readingAt(chart, panel, x, place);
    if (reading.rows.length === 0 && !place) reading.rows.push({ name: "no values", label: "" });
    this.at = { chart, panel, x, place };
    const isTime = panel.data.x.unit === "s";
    this.charts.forEach((other) => other.panels.forEach((one) => {
      if (one === panel || isTime && one.data.x.unit === "s") drawCursor(one, reading, one === panel);
      else eraseCursor(one);
    }));
    this.#tell(chart, panel, reading, place);
    return reading;
  }

  #tell(chart, panel, reading, place) {
    if (reading.rows.length === 0) {
      this.tip.hidden = true;
      return;
    }
    const title = document.createElement("b");
    title.textContent = reading.title;
    this.tip.replaceChildren(title, ...reading.rows.map(rowOf));
    chart.figure.append(this.tip);
    this.tip.hidden = false;
    placeTip(this.tip, chart, { x: projection(panel.data, panel.axes).x(reading.x), y: place?.y ?? panel.data.inside[1] });
  }

  /** After a change of axes, shows the values at the position set by keys again; a position set
   *  by the pointer is no longer valid. */
  refresh() {
    const { chart, panel, x, place } = this.at ?? {};
    const isShown = panel && !place && x >= panel.axes.x.from && x <= panel.axes.x.to;
    if (isShown) this.#show(chart, panel, x, null);
    else this.hide();
  }

  /** Removes the cursor. */
  hide() {
    this.tip.hidden = true;
    this.at = null;
    this.charts.forEach(({ panels }) => panels.forEach(eraseCursor));
  }
}

/** The position of an event in units of the drawing. */
function placeOf(svg, { clientX, clientY }) {
  return new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
}

/** The panel that a key moves to or stays in; undefined for a key that does not move the cursor. */
function panelAfter({ panels }, at, key) {
  const across = ["ArrowLeft", "ArrowRight", "Home", "End"].includes(key);
  const step = { ArrowUp: -1, ArrowDown: 1 }[key];
  const here = at ? panels.indexOf(at.panel) : 0;
  // In a chart with one panel these keys scroll the page.
  if (step && panels.length > 1) return panels[Math.min(Math.max(at ? here + step : 0, 0), panels.length - 1)];
  return across ? panels[here] : undefined;
}

/** The stop of a panel that a key moves to. */
function stopAfter(stops, at, { key, shiftKey }) {
  const last = stops.length - 1;
  if (key === "End") return last;
  if (key === "Home" || !at) return 0;
  const steps = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  return Math.min(Math.max(nearestIdx(stops, at.x) + steps * (shiftKey ? 10 : 1), 0), last);
}

/** The values as a sentence, for screen readers. */
function wordsOf({ title, rows }) {
  return [title, ...rows.map(({ name, label }) => `${name} ${label}`.trim())].join(", ");
}

function nearestIdx(stops, x) {
  return stops.reduce((best, stop, idx) => (Math.abs(stop - x) < Math.abs(stops[best] - x) ? idx : best), 0);
}

/** Draws the cursor into a panel: a line, and in the active panel a shaded area over the current
 *  bin. */
function drawCursor(panel, { x, span }, isRead) {
  eraseCursor(panel);
  const { data, axes } = panel;
  if (x < axes.x.from || x > axes.x.to) return;
  const [left, top, right, bottom] = data.inside;
  const at = projection(data, axes);
  const height = bottom - top;
  const cursor = element("g", { class: "cursor" });
  if (span && isRead) {
    const [from, to] = span.map((end) => Math.min(Math.max(at.x(end), left), right));
    cursor.append(element("rect", { fill: INK, x: from, y: top, width: to - from, height, "fill-opacity": 0.08 }));
  }
  cursor.append(element("rect", { fill: INK, x: at.x(x) - 1, y: top, width: 2, height, "fill-opacity": 0.45 }));
  panel.over.append(cursor);
}

function eraseCursor({ over }) {
  over.querySelector("g.cursor")?.remove();
}

/** A row of values, with the color of its series. */
function rowOf({ name, label, group }) {
  const [row, sign, words, value] = ["div", "i", "span", "b"].map((tag) => document.createElement(tag));
  sign.style.background = group ? colorOf(group) : "none";
  words.textContent = name;
  value.textContent = label;
  row.append(sign, words, value);
  return row;
}

/** The color of a series: that of its lines if it has any, otherwise that of its areas. */
function colorOf(group) {
  const line = group.querySelector("path[stroke]");
  if (line) return getComputedStyle(line).stroke;
  const shape = group.querySelector("path, circle");
  return shape ? getComputedStyle(shape).fill : "none";
}

/** Places the values next to a position of the chart, within the visible part of the figure. */
function placeTip(tip, { svg, figure }, place) {
  const { x, y } = new DOMPoint(place.x, place.y).matrixTransform(svg.getScreenCTM());
  const around = figure.getBoundingClientRect();
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const right = x - around.left + 14;
  const isTight = right + width + 4 > around.width;
  const left = isTight ? x - around.left - 14 - width : right;
  const top = Math.max(Math.min(y - around.top - height / 2, around.height - height - 4), 4);
  const within = Math.max(Math.min(left, around.width - width - 4), 4);
  tip.style.transform = `translate(${figure.scrollLeft + within}px, ${top}px)`;
}
