// The cursor: a line through all charts of time, and what the chart under the pointer says there.

const CURSOR = { fill: INK, "pointer-events": "none" };

/** Shows values where the pointer is or keys have gone. */
class Cursor {
  constructor(charts, live) {
    this.charts = charts;
    this.live = live;
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.tip.setAttribute("aria-hidden", "true");
    charts.forEach((chart) => this.#listen(chart));
  }

  #listen(chart) {
    const { svg } = chart;
    svg.addEventListener("pointermove", (event) => this.#point(chart, event));
    svg.addEventListener("pointerdown", (event) => this.#point(chart, event));
    svg.addEventListener("pointerleave", () => this.hide());
    svg.addEventListener("blur", () => this.hide());
    svg.addEventListener("keydown", (event) => this.#key(chart, event));
  }

  #point(chart, event) {
    const place = placeOf(chart.svg, event);
    const panel = chart.panels.find((panel) => panel.holds(place));
    if (panel) this.#show(chart, panel, panel.xAt(place), place);
    else this.hide();
  }

  /** Moves along the stops of a panel by the arrow keys, over to the next panel where they end. */
  #key(chart, event) {
    const ends = { Home: 0, End: Infinity };
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (!(event.key in steps) && !(event.key in ends) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== chart.svg || chart.panels.length === 0) return;
    event.preventDefault();
    const panel = this.at?.chart === chart ? this.at.panel : chart.panels[0];
    const stops = stopsOf(panel);
    if (stops.length === 0) return;
    const here = this.at?.chart === chart ? nearestIdx(stops, this.at.x) : null;
    const wanted = ends[event.key] ?? (here === null ? 0 : here + steps[event.key] * (event.shiftKey ? 10 : 1));
    const idx = Math.min(Math.max(wanted, 0), stops.length - 1);
    const reading = this.#show(chart, panel, stops[idx], null);
    this.live.textContent = [reading.title, ...reading.rows.map(({ name, label }) => `${name} ${label}`)].join(", ");
  }

  #show(chart, panel, x, place) {
    const reading = readingAt(chart, panel, x, place);
    this.at = { chart, panel, x };
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

  /** Takes the cursor away. */
  hide() {
    this.tip.hidden = true;
    this.at = null;
    this.charts.forEach(({ panels }) => panels.forEach(eraseCursor));
  }
}

/** Where an event was, in units of the drawing. */
function placeOf(svg, { clientX, clientY }) {
  return new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
}

function nearestIdx(stops, x) {
  return stops.reduce((best, stop, idx) => (Math.abs(stop - x) < Math.abs(stops[best] - x) ? idx : best), 0);
}

/** Draws the cursor into a panel: a line, and in the panel that is read a shade over its step. */
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
    cursor.append(element("rect", { ...CURSOR, x: from, y: top, width: to - from, height, "fill-opacity": 0.08 }));
  }
  cursor.append(element("rect", { ...CURSOR, x: at.x(x) - 1, y: top, width: 2, height, "fill-opacity": 0.45 }));
  panel.group.append(cursor);
}

function eraseCursor({ group }) {
  group.querySelector("g.cursor")?.remove();
}

/** A row of what is read, with the colour of its series. */
function rowOf({ name, label, group }) {
  const [row, sign, words, value] = ["div", "i", "span", "b"].map((tag) => document.createElement(tag));
  sign.style.background = group ? colourOf(group) : "none";
  words.textContent = name;
  value.textContent = label;
  row.append(sign, words, value);
  return row;
}

/** The colour that tells a series: of its lines where it has some, else of its areas. */
function colourOf(group) {
  const shapes = [...group.querySelectorAll("path, circle")];
  const looks = shapes.map((shape) => getComputedStyle(shape));
  const line = looks.find(({ stroke }) => stroke !== "none");
  return line ? line.stroke : looks[Math.floor(looks.length / 2)]?.fill ?? "none";
}

/** Puts the words beside a place of the chart, within the figure. */
function placeTip(tip, { svg, figure }, place) {
  const { x, y } = new DOMPoint(place.x, place.y).matrixTransform(svg.getScreenCTM());
  const around = figure.getBoundingClientRect();
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const right = x - around.left + 14;
  const left = right + width > around.width ? x - around.left - 14 - width : right;
  const top = Math.min(Math.max(y - around.top - height / 2, 4), around.height - height - 4);
  tip.style.transform = `translate(${Math.max(left, 4)}px, ${top}px)`;
}
