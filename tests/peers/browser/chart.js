// A chart of a page from outside: its data, where they are drawn, and what is shown. Nothing here comes from
// the page's own script, so that the two can be compared.

/** Distance within which a mark is near the pointer, in units of the drawing. */
export const NEAR = 24;

const UNITS = { h: 3600, min: 60, s: 1, ms: 1e-3, "µs": 1e-6, ns: 1e-9 };

/** The charts of a page, by name. */
export async function charts(page) {
  const texts = await page.locator("figure metadata").allTextContents();
  const found = texts.map((text) => JSON.parse(text)).map((data, idx) => [data.chart, new Chart(page, page.locator("figure").nth(idx), data)]);
  return Object.fromEntries(found);
}

class Chart {
  constructor(page, figure, { chart, panels }) {
    const svg = figure.locator("svg:has(metadata)");
    Object.assign(this, { page, figure, svg, name: chart, panels });
  }

  /** Scrolls the chart into view, and returns the factors from units of the drawing to pixels. */
  async scale() {
    const [left, top, pixels] = await this.svg.evaluate((svg) => {
      svg.closest("figure").scrollIntoView({ block: "start" });
      const { left, top, width } = svg.getBoundingClientRect();
      return [left, top, width / svg.viewBox.baseVal.width];
    });
    return (x, y) => [left + x * pixels, top + y * pixels];
  }

  /** Moves the pointer to a place in units of the drawing. */
  async point(x, y) {
    const scale = await this.scale();
    await this.page.mouse.move(...scale(x, y));
  }

  /** Drags from one place along the x axis to another, in units of the drawing. */
  async drag(from, to, y) {
    const scale = await this.scale();
    await this.page.mouse.move(...scale(from, y));
    await this.page.mouse.down();
    await this.page.mouse.move(...scale((from + to) / 2, y));
    await this.page.mouse.move(...scale(to, y));
    await this.page.mouse.up();
  }

  /** The text shown next to the pointer: a title, and rows of a name and a value. null if none is shown. */
  async tip() {
    return tipOf(await this.figure.evaluate((figure) => {
      const tip = figure.querySelector(".tip:not([hidden])");
      return tip && [...tip.children].map((row) => [row.textContent, ...[...row.children].map(({ textContent }) => textContent)]);
    }));
  }

  /** The text shown at places in units of the drawing, with simulated pointer events. This is fast for many
   *  places, since a real pointer waits for the screen each time. */
  async tips(places) {
    const scale = await this.scale();
    const points = places.map(([x, y]) => scale(x, y));
    const all = await this.figure.evaluate((figure, points) => points.map(([clientX, clientY]) => {
      figure.querySelector("svg").dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, bubbles: true }));
      const tip = figure.querySelector(".tip:not([hidden])");
      return tip && [...tip.children].map((row) => [row.textContent, ...[...row.children].map(({ textContent }) => textContent)]);
    }), points);
    return all.map(tipOf);
  }

  /** Whether a panel shows words instead of data. */
  async isEmpty(idx) {
    return await this.panel(idx).locator("g.frame").count() === 0;
  }

  /** A panel as it is drawn. */
  panel(idx) {
    return this.svg.locator("g.panel").nth(idx);
  }

  /** The ticks of an axis as they are drawn: value and place. */
  async marks(idx, axis) {
    const anchor = axis === "y" ? "end" : "middle";
    const texts = await this.panel(idx).locator(`g.frame text[text-anchor=${anchor}]`).evaluateAll((texts) =>
      texts.map((text) => [text.textContent, Number(text.getAttribute("x")), Number(text.getAttribute("y")), Number(text.getAttribute("font-size"))]));
    const named = axis === "x" ? texts.slice(1) : texts;
    return named.map(([label, x, y, size]) => ({ label, at: axis === "x" ? x : y - Math.round(0.35 * size) }));
  }

  /** The panels with the edges of their data as they are drawn: a narrow chart has others. */
  async drawnPanels() {
    const rules = await this.svg.locator("g.panel > g.frame").evaluateAll((frames) =>
      frames.map((frame) => frame.querySelectorAll("path")[1].getAttribute("d")));
    return this.panels.map((panel, idx) => {
      const [[left, top], , [right, bottom]] = placesOf(rules[idx]);
      return { ...panel, inside: [left, top, right, bottom] };
    });
  }

  /** Where the paths and dots of a series are: lists of places. */
  async geometry(panel, series) {
    const group = this.panel(panel).locator("g.series").nth(series);
    return group.evaluate((group) => ({
      paths: [...group.querySelectorAll("path")].map((path) => path.getAttribute("d")),
      dots: [...group.querySelectorAll("circle")].map((dot) => [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))]),
    })).then(({ paths, dots }) => ({ paths: paths.map(placesOf), dots }));
  }
}

/** The texts of a tip and of the parts of its rows. */
function tipOf(texts) {
  if (!texts) return null;
  const [[title], ...rows] = texts;
  return { title, rows: rows.map(([, , name, value]) => ({ name, value })) };
}

/** The drawing of the charts, to be compared with a later one. */
export function drawings(page) {
  return page.locator("g.panel").evaluateAll((panels) => panels.map((panel) => panel.outerHTML));
}

/** The places of a path, in units of the drawing. */
export function placesOf(d) {
  const places = [];
  let [x, y] = [0, 0];
  for (const [, letter, rest] of d.matchAll(/([MLHVmlhvz])([^MLHVmlhvz]*)/g)) {
    if (letter === "z") continue;
    const numbers = rest.trim().split(/[\s,]+/).map(Number);
    const by = letter === letter.toLowerCase() ? [x, y] : [0, 0];
    const across = { m: 0, l: 0, h: 0 }[letter.toLowerCase()];
    const up = { m: 1, l: 1, v: 0 }[letter.toLowerCase()];
    if (across !== undefined) x = by[0] + numbers[across];
    if (up !== undefined) y = by[1] + numbers[up];
    places.push([x, y]);
  }
  return places;
}

/** The place of a value on an axis of a panel; in another window of time if one is given. */
export function place(panel, axis, value, window = null) {
  const [left, top, right, bottom] = panel.inside;
  const { from, to, scale } = { ...panel[axis], ...(window && axis === "x" ? { from: window[0], to: window[1] } : {}) };
  const scaled = {
    linear: (value) => value, logarithmic: Math.log10, nines: (value) => -Math.log10(1 - Math.min(value, to)),
  }[scale];
  const share = (scaled(value) - scaled(from)) / (scaled(to) - scaled(from));
  return axis === "x" ? left + share * (right - left) : bottom - share * (bottom - top);
}

/** Whether a label shows a value, to the precision of its last digit. Durations are in ns. */
export function says(label, value, unit) {
  if (unit === "share") return says(label.replace("%", ""), value * 100, "");
  const parts = unit === "ns" ? 1e9 : 1;
  const { found, last } = read(label.replace("/s", ""));
  const isSmall = last === 1 && value < 0.1;
  return Math.abs(found * parts - value) <= (isSmall ? value * 0.006 : 0.00051 * last * parts);
}

/** The number in a label, in seconds if it has a unit of time. */
export function number(label) {
  return read(label).found;
}

/** The number in a label, and the unit of its last part. */
function read(label) {
  const words = label.replaceAll(",", "").split(" ");
  if (words.length === 1) return { found: Number(words[0]), last: 1 };
  const pairs = words.filter((_, idx) => idx % 2 === 0).map((count, idx) => [Number(count), UNITS[words[2 * idx + 1]]]);
  return { found: pairs.reduce((sum, [count, unit]) => sum + count * unit, 0), last: pairs.at(-1)[1] };
}
