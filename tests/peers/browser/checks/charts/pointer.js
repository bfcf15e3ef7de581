// Values under the pointer are those of the data, in every chart and at several places.

import assert from "node:assert/strict";

import { charts, place, says } from "../../chart.js";
import { expectedRows } from "../../expected.js";

/** Fractions of the x axis and of the y axis at which the pointer is placed. */
const PLACES = [[0.11, 0.3], [0.37, 0.81], [0.62, 0.55], [0.93, 0.14]];

/** Most panels of a chart that are checked. */
const MOST_PANELS = 2;

export default async function check({ page }) {
  const all = Object.values(await charts(page));
  let nRows = 0;
  for (const chart of all) {
    for (const [idx, panel] of chart.panels.slice(0, MOST_PANELS).entries()) {
      if (!await chart.isEmpty(idx)) nRows += await checkPanel(chart, panel, `${chart.name} ${idx}`);
    }
  }
  assert.ok(nRows > all.length * 4, `${nRows} rows were read`);
  await page.mouse.move(2, 2);
  assert.equal(await page.locator(".tip").isVisible(), false, "values go with the pointer");
  assert.equal(await page.locator("g.cursor").count(), 0);
}

/** Checks the values shown at places of a panel; returns the number of rows. */
async function checkPanel(chart, panel, where) {
  const [left, top, right, bottom] = panel.inside;
  const places = PLACES.map(([across, up]) =>
    [Math.round(left + across * (right - left)), Math.round(bottom - up * (bottom - top))]).concat(failedPlaces(panel));
  const tips = await chart.tips(places);
  const expected = places.map(([x, y]) => expectedRows(panel, valueAt(panel, x), y));
  tips.forEach((tip, idx) => {
    checkRows(tip?.rows ?? [], expected[idx], `${where} at ${places[idx]}`);
    if (tip && chart.panels.length > 1) assert.ok(tip.title.startsWith(`${panel.name}, `), tip.title);
  });
  await chart.point(...places[0]);
  assert.deepEqual(await chart.tip(), tips[0], `${where}: so it is with a real pointer`);
  return expected.flat().length;
}

/** Places of some of the failed hits, each of which must be shown there. */
function failedPlaces(panel) {
  const failed = panel.series.find(({ name, drawn }) => drawn === "marks" && name.endsWith("failed"));
  if (!failed) return [];
  const picked = [0, Math.floor(failed.x.length / 2), failed.x.length - 1];
  const places = picked.map((idx) => [place(panel, "x", failed.x[idx]), place(panel, "y", failed.y[idx])]);
  // The first one may be at the very edge.
  places.forEach((at, idx) => assert.ok(expectedRows(panel, failed.x[picked[idx]], at[1]).some(({ mark }) => mark === failed.name)));
  return places;
}

/** Checks that rows have the expected text. */
export function checkRows(rows, expected, where) {
  assert.equal(rows.length, expected.length, `${where}: ${JSON.stringify(rows)} for ${JSON.stringify(expected)}`);
  rows.forEach(({ name, value }, idx) => {
    const wanted = expected[idx];
    assert.ok(wanted.name instanceof RegExp ? wanted.name.test(name) : wanted.name === name, `${where}: ${name}`);
    const isSaid = wanted.values.some((one) => says(value, one, wanted.unit));
    assert.ok(isSaid, `${where}: ${name} ${value}, not ${wanted.values}`);
  });
}

/** The value of the x axis at a place. */
function valueAt({ inside: [left, , right], x: { from, to, scale } }, at) {
  const share = (at - left) / (right - left);
  if (scale === "linear") return from + share * (to - from);
  const [first, last] = [from, to].map((quantile) => -Math.log10(1 - quantile));
  return 1 - 10 ** -(first + share * (last - first));
}
