// A drag zooms all charts to its window of time, with each value at the right place. There are four ways
// back, and then everything is drawn as before.

import assert from "node:assert/strict";

import { charts, drawings, number, place } from "../../chart.js";

/** Tolerance of places in units of the drawing, since a pointer is at whole pixels. */
const EXACT = 2.5;

export default async function check({ page }) {
  const all = await charts(page);
  const overTime = Object.values(all).filter(({ panels }) => panels[0].x.unit === "s");
  const before = await drawings(page);
  const window = await drag(all.latency, 0.4, 0.6);
  for (const chart of overTime) {
    for (const [idx, panel] of chart.panels.entries()) await checkWindow(chart, idx, panel, window);
  }
  await checkSteps(all.latency, window);
  await checkMarks(all.latency, window);
  await checkCells(all.heatmap, window);
  const ways = {
    "double click": async () => all.rate.svg.dblclick({ position: { x: 400, y: 200 } }),
    button: async () => all.codes.figure.getByRole("button", { name: "Whole run" }).click(),
    Escape: async () => { await all.lag.svg.focus(); await page.keyboard.press("Escape"); },
    "all the way out": async () => {
      await all.rate.svg.focus();
      for (let times = 0; times < 4; times += 1) await page.keyboard.press("-");
    },
  };
  for (const [way, undo] of Object.entries(ways)) {
    if (await page.getByRole("button", { name: "Whole run" }).count() === 0) await drag(all.inflight, 0.8, 0.3);
    assert.equal(await page.getByRole("button", { name: "Whole run" }).count(), overTime.length, way);
    await undo();
    assert.equal(await page.getByRole("button", { name: "Whole run" }).count(), 0, way);
    assert.deepEqual(await drawings(page), before, `${way} gives back the picture`);
  }
  await checkClosest(page, all.latency);
}

/** Drags from one fraction of the x axis to another; returns the seconds in between. */
async function drag(chart, from, to) {
  const [panel] = chart.panels;
  const [left, top, right] = panel.inside;
  await chart.drag(left + from * (right - left), left + to * (right - left), top + 50);
  const end = panel.x.to;
  return [Math.min(from, to) * end, Math.max(from, to) * end];
}

async function checkWindow(chart, idx, panel, window) {
  const where = `${chart.name} ${idx}`;
  const marks = await chart.marks(idx, "x");
  assert.ok(marks.length >= 2, where);
  const [left, , right] = panel.inside;
  for (const { label, at } of marks) {
    const expected = place(panel, "x", number(label), window);
    assert.ok(Math.abs(expected - at) < EXACT && at >= left - EXACT && at <= right + EXACT, `${where}: ${label} at ${at}, not ${expected}`);
  }
  assert.equal(new Set(marks.map(({ label }) => label)).size, marks.length, `${where}: each mark has its own label`);
}

/** The corners of the median's steps are at their values. */
async function checkSteps(chart, window) {
  const [panel] = chart.panels;
  const idx = panel.series.findIndex(({ name }) => name === "p50");
  const series = panel.series[idx];
  const [froms, tos] = panel.slices[series.slices];
  const { paths: [drawn] } = await chart.geometry(0, idx);
  const expected = froms.flatMap((from, slice) => [from, tos[slice]].map((x) =>
    [place(panel, "x", Math.min(x, panel.x.to), window), place(panel, "y", series.y[slice])]));
  const [left, , right] = panel.inside;
  const isNear = ([x]) => x > left - 500 && x < right + 500;
  assertClose(drawn.filter(isNear), expected.filter(isNear), EXACT, "steps");
  // The known one: from 2 ms to 20 ms in the middle of the run.
  const jump = drawn.findIndex(([x, y], at) => at > 0 && drawn[at - 1][0] === x && drawn[at - 1][1] - y > 100);
  const slice = place(panel, "x", tos[5], window) - place(panel, "x", froms[5], window);
  assert.ok(Math.abs(drawn[jump][0] - place(panel, "x", 30, window)) <= slice, `the step is at ${drawn[jump][0]}`);
}

async function checkMarks(chart, window) {
  const [panel] = chart.panels;
  for (const name of ["hit", "failed"]) {
    const idx = panel.series.findIndex((series) => series.name === name);
    const series = panel.series[idx];
    const { paths, dots } = await chart.geometry(0, idx);
    const expected = series.x.map((x, at) => [place(panel, "x", x, window), place(panel, "y", series.y[at])]);
    const [corner] = series.corners ?? [[0, 0]];
    const drawn = dots.length > 0 ? dots : firstCorners(paths[0], series.corners.length).map(([x, y]) => [x - corner[0], y - corner[1]]);
    assertClose(drawn, expected, EXACT, name);
  }
}

function firstCorners(places, corners) {
  return places.filter((_, idx) => idx % corners === 0);
}

/** The cells of each color cover the area of their bins and rows. */
async function checkCells(chart, window) {
  const [panel] = chart.panels;
  const [{ cells, slices }] = panel.series;
  const [froms, tos] = panel.slices[slices];
  const area = (from, to, row) => (place(panel, "x", to, window) - place(panel, "x", from, window))
    * (place(panel, "y", cells.edges[row]) - place(panel, "y", cells.edges[row + 1]));
  const expected = cells.counts.flatMap((column, slice) => column.map((count, row) =>
    (count > 0 ? area(froms[slice], Math.min(tos[slice], panel.x.to), row) : 0))).reduce((a, b) => a + b);
  const { paths } = await chart.geometry(0, 0);
  let drawn = 0;
  for (const places of paths) {
    for (let at = 0; at < places.length; at += 4) {
      const [[left, top], [right], [, bottom]] = places.slice(at, at + 3);
      drawn += (right - left) * (bottom - top);
    }
  }
  assert.ok(Math.abs(drawn / expected - 1) < 0.01, `cells cover ${drawn}, not ${expected}`);
}

/** At any zoom, there are few ticks, and their labels differ. */
async function checkClosest(page, chart) {
  for (let times = 0; times < 6; times += 1) await drag(chart, 0.5, 0.53);
  await chart.svg.focus();
  await page.keyboard.press("+");
  const labels = (await chart.marks(0, "x")).map(({ label }) => label);
  assert.ok(labels.length >= 2 && labels.length <= 12 && new Set(labels).size === labels.length, labels.join(" | "));
}

/** Checks that places, or lists of places, are equal within a tolerance in units. */
function assertClose(found, expected, units, where) {
  if (typeof expected === "number") {
    assert.ok(Math.abs(found - expected) <= units, `${where}: ${found}, not ${expected}`);
    return;
  }
  assert.equal(found.length, expected.length, where);
  expected.forEach((one, idx) => assertClose(found[idx], one, units, `${where}, ${idx}`));
}
