// The other scale has its own ticks, with each value at the right place; switching back restores the drawing.

import assert from "node:assert/strict";

import { charts, drawings, number } from "../../chart.js";

export default async function check({ page }) {
  const all = await charts(page);
  for (const name of ["latency", "rate", "codes", "names"]) await checkScale(all[name]);
  await checkCells(all.heatmap);
}

async function checkScale(chart) {
  const { panel, at: which } = panelOf(chart);
  const idx = panel.series.findIndex(({ drawn }) => drawn === "steps");
  const button = chart.figure.getByRole("button", { name: "Log scale" });
  const isLogarithmic = panel.y.scale === "logarithmic";
  assert.equal(await button.getAttribute("aria-pressed"), String(isLogarithmic), chart.name);
  const before = await drawings(chart.page);
  await button.click();
  assert.equal(await button.getAttribute("aria-pressed"), String(!isLogarithmic), chart.name);
  const values = panel.series[idx].y.filter((value) => value !== null).flatMap((value) => [value, value]);
  const drawn = await drawnSteps(chart, which, idx);
  assert.equal(drawn.length, values.length, chart.name);
  const read = await reader(chart, !isLogarithmic);
  drawn.forEach(([, y], at) => {
    const found = read(y);
    assert.ok(Math.abs(read(y + 1) - found) * 1.2 >= Math.abs(found - values[at]), `${chart.name}: ${found}, not ${values[at]}`);
  });
  const name = await chart.panel(which).locator("g.y-name text").allTextContents();
  assert.ok(name.every((text) => text.includes("logarithmic") !== isLogarithmic), name.join());
  await button.click();
  assert.deepEqual(await drawings(chart.page), before, `${chart.name}: switching back gives back the picture`);
}

/** The first panel of a chart that has two scales, and its number. Shares have one. */
function panelOf({ panels }) {
  const at = panels.findIndex(({ y }) => y.other);
  return { at, panel: panels[at] };
}

async function drawnSteps(chart, panel, idx) {
  return (await chart.geometry(panel, idx)).paths.flat();
}

/** Returns a function that reads a value from the y axis, by the labels of two ticks. */
async function reader(chart, isLogarithmic) {
  const { panel, at } = panelOf(chart);
  const unit = panel.y.unit === "ns" ? 1e9 : 1;
  const marks = (await chart.marks(at, "y")).map(({ label, at }) => ({ value: number(label) * (label === "0" ? 1 : unit), at }));
  assert.ok(marks.length >= 3, `${chart.name} has ${marks.length} marks`);
  assert.equal(marks[0].value === 0, !isLogarithmic, `${chart.name} begins at ${marks[0].value}`);
  const [first, last] = [marks[0], marks.at(-1)];
  const scaled = isLogarithmic ? Math.log10 : (value) => value;
  const unscaled = isLogarithmic ? (value) => 10 ** value : (value) => value;
  const slope = (scaled(last.value) - scaled(first.value)) / (last.at - first.at);
  marks.forEach(({ value, at }) => {
    const expected = first.at + (scaled(value) - scaled(first.value)) / slope;
    assert.ok(Math.abs(at - expected) < 1, `${chart.name}: a mark at ${at}, not ${expected}`);
  });
  return (y) => unscaled(scaled(first.value) + (y - first.at) * slope);
}

/** On a linear scale, the height of a row of cells is proportional to its range of latencies. */
async function checkCells(chart) {
  const button = chart.figure.getByRole("button", { name: "Log scale" });
  await button.click();
  const read = await reader(chart, false);
  const edges = chart.panels[0].series[0].cells.edges;
  const ys = (await chart.geometry(0, 0)).paths.flat().map(([, y]) => y);
  for (const y of new Set(ys)) {
    const found = read(y);
    const near = Math.min(...edges.map((edge) => Math.abs(edge - found)));
    assert.ok(near <= Math.abs(read(y + 1) - found) * 1.2, `a cell ends at ${found}, which is no edge`);
  }
  await button.click();
}
