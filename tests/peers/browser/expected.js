// What a chart must show at a place, derived from its data alone.

import { NEAR, place } from "./chart.js";

/** What a panel must show at a value of its x axis and a height of the pointer: names, values of which one
 *  is shown, and their unit. Legend entries that are switched off hide their data. */
export function expectedRows(panel, x, height, off = []) {
  const shown = panel.series.filter(({ entries }) => !entries.some((entry) => off.includes(entry)));
  const unit = panel.y.unit;
  const steps = shown.flatMap((series) => stepRows(panel, series, x, height).map((row) => ({ unit, ...row })));
  const points = shown.flatMap((series) => pointRows(panel, series, x, height).map((row) => ({ unit, ...row })));
  return steps.concat(points);
}

/** The number of the bin that contains a value of the x axis; -1 if none does. */
export function sliceAt(panel, series, x) {
  const [froms, tos] = panel.slices[series.slices];
  return froms.findIndex((from, idx) => x >= from && x < tos[idx]);
}

function stepRows(panel, series, x, height) {
  if (series.slices === undefined) return [];
  const slice = sliceAt(panel, series, x);
  if (slice < 0) return [];
  if (series.cells) return cellRows(panel, series.cells, slice, height);
  const value = series.y[slice];
  if (value === null) return [];
  return [{ name: series.name, values: [series.stacked ? value - series.low[slice] : value] }];
}

function cellRows(panel, { edges, counts }, slice, height) {
  const all = counts[slice].reduce((sum, count) => sum + count, 0);
  const row = edges.findIndex((edge, idx) => height < place(panel, "y", edge) && height > place(panel, "y", edges[idx + 1] ?? Infinity));
  const cell = row < 0 || row === edges.length - 1 ? [] : [{ name: /^hits of /, values: [counts[slice][row]], unit: "hits" }];
  return [...cell, { name: "hits in this step", values: [all], unit: "hits" }];
}

/** A regular expression that matches a text. */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function pointRows(panel, series, x, height) {
  if (series.x === undefined) return [];
  const isMark = series.drawn === "marks";
  const here = place(panel, "x", x);
  const distances = series.x.map((value, idx) => Math.hypot(
    place(panel, "x", value) - here, isMark ? place(panel, "y", series.y[idx]) - height : 0));
  const nearest = Math.min(...distances);
  if (isMark && nearest > NEAR) return [];
  // Of two values at about the same distance, the page may show either: it rounds places to a tenth of a unit,
  // and the browser rounds the pointer to less than half a pixel, which is one unit.
  const values = series.y.filter((_, idx) => distances[idx] <= nearest + 1);
  const found = { values, mark: isMark ? series.name : null };
  return [{ ...found, name: isMark ? new RegExp(`^${escaped(series.name)} at `) : series.name }];
}
