// Zoom: a window of time that all time charts share, so that they can be compared.

/** Minimum length of a drag in units of the drawing; a shorter one is a click. */
const LEAST_DRAG = 12;

/** Height of an axis with its labels, in units of the drawing. */
const AXIS = 60;

/** Factor by which a key shortens the window. */
const CLOSER = 0.5;

/** The shortest window, as a share of the whole: values have no finer resolution. */
const CLOSEST = 1e-6;

/** Lets the reader choose the window. */
class Zoom {
  constructor(charts, cursor) {
    this.charts = charts.filter((chart) => chart.isOverTime);
    this.cursor = cursor;
    /** The last second of any chart. */
    this.end = Math.max(...this.charts.map((chart) => chart.end));
    /** From and to in seconds; null for the whole run. */
    this.window = null;
    this.listeners = [];
    this.charts.forEach((chart) => this.#listen(chart));
  }

  /** Registers a function that is called after each change. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** Shows a window of time in all charts; null for the whole run. */
  show(window) {
    const wanted = this.#within(window ?? [0, this.end]);
    if (wanted === null && this.window === null) return;
    this.window = wanted;
    this.charts.forEach((chart) => {
      chart.window = this.window;
      chart.draw();
    });
    this.cursor.refresh();
    this.listeners.forEach((listener) => listener(this.window));
  }

  /** The part of a window within the run; null if that is the whole run. */
  #within([from, to]) {
    const { end } = this;
    if (from <= 0 && to >= end) return null;
    const least = end * CLOSEST;
    const begin = Math.min(Math.max(from, 0), end - least);
    return [begin, Math.max(Math.min(to, end), begin + least)];
  }

  #listen(chart) {
    const { svg } = chart;
    svg.addEventListener("pointerdown", (event) => this.#begin(chart, event));
    svg.addEventListener("pointermove", (event) => this.#drag(chart, event));
    svg.addEventListener("pointerup", (event) => this.#end(chart, event));
    svg.addEventListener("pointercancel", () => this.#drop());
    svg.addEventListener("dblclick", (event) => {
      if (!event.target.closest("g.entry")) this.show(null);
    });
    svg.addEventListener("keydown", (event) => this.#key(chart, event));
  }

  /** A finger scrolls the page and reads values; keys or a mouse zoom. */
  #begin(chart, event) {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const place = placeOf(chart.svg, event);
    const panel = chart.panels.find((panel) => panel.data.x.unit === "s" && panel.holds(place, AXIS));
    if (!panel) return;
    chart.svg.setPointerCapture(event.pointerId);
    const area = element("rect", { class: "brush", fill: INK, "fill-opacity": 0.12 });
    this.brush = { panel, from: place, area };
    panel.over.append(area);
  }

  #drag(chart, event) {
    if (!this.brush) return;
    const { panel, from, area } = this.brush;
    const [left, top, right, bottom] = panel.data.inside;
    const to = Math.min(Math.max(placeOf(chart.svg, event).x, left), right);
    const look = { x: Math.min(from.x, to), width: Math.abs(to - from.x), y: top, height: bottom - top };
    Object.entries(look).forEach(([key, value]) => area.setAttribute(key, value));
  }

  #end(chart, event) {
    if (!this.brush) return;
    const { panel, from } = this.brush;
    const to = placeOf(chart.svg, event);
    this.#drop();
    if (Math.abs(to.x - from.x) < LEAST_DRAG) return;
    this.show([panel.xAt(from), panel.xAt(to)].sort((a, b) => a - b));
  }

  #drop() {
    this.brush?.area.remove();
    this.brush = null;
  }

  /** `+` and `-` zoom in and out around the cursor, `0` and Escape show the whole run. */
  #key(chart, event) {
    if (event.target !== chart.svg || event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.window ?? [0, this.end];
    const middle = this.cursor.at?.chart === chart ? this.cursor.at.x : (from + to) / 2;
    const around = (factor) => {
      const begin = middle - (middle - from) * factor;
      return [begin, begin + (to - from) * factor];
    };
    const windows = { "+": () => around(CLOSER), "=": () => around(CLOSER), "-": () => around(1 / CLOSER), 0: () => null, Escape: () => null };
    if (!(event.key in windows)) return;
    event.preventDefault();
    this.show(windows[event.key]());
  }
}
