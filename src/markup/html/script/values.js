// The values of a panel at a position of its x axis.

/** Maximum distance of a mark from the pointer, in units of the drawing. */
const NEAR = 24;

/** The values at a position: a title, rows with a name and a label, and the ends of the bin.
 *
 *  @param x A value of the x axis.
 *  @param place The position of the pointer in units of the drawing; null if keys moved the cursor.
 */
function readingAt(chart, panel, x, place) {
  const { data } = panel;
  const shown = data.series.map((series, idx) => ({ series, group: panel.groups[idx] }))
    .filter(({ series }) => chart.shows(series));
  const steps = shown.flatMap((one) => stepReading(panel, one, x, place));
  const rest = shown.flatMap((one) => pointReading(panel, one, x, place));
  const spans = new Set(steps.map(({ span }) => span && span.join()));
  const span = spans.size === 1 ? steps[0].span : null;
  const point = steps.length === 0 && rest.length > 0 ? rest[0].x : x;
  const title = titleOf(chart, data.x.unit, span, point);
  const name = chart.panels.length > 1 ? `${data.name}, ` : "";
  return { title: name + title, rows: steps.concat(rest), span, x: point };
}

/** The position, and for a time axis of a single run the time of day. */
function titleOf({ begin }, unit, span, x) {
  if (unit !== "s") return valueLabel(x, unit);
  const ends = span ?? [x];
  const since = ends.map(timeLabel).join(" to ");
  const clock = begin === undefined ? "" : `, ${ends.map((end) => utcLabel(begin, end)).join(" to ")} UTC`;
  return (span ? since : `at ${since}`) + clock;
}

/** The value of a series with one value per bin, in the bin at x. */
function stepReading(panel, { series, group }, x, place) {
  const { data } = panel;
  if (series.slices === undefined) return [];
  const [froms, tos] = data.slices[series.slices];
  const idx = froms.findIndex((from, idx) => x >= from && (x < tos[idx] || idx === froms.length - 1));
  const span = idx < 0 || x > tos[idx] ? null : [froms[idx], tos[idx]];
  if (!span) return [];
  const row = { name: series.name, group, span };
  if (!series.cells) {
    const value = series.y[idx];
    if (value === null) return [];
    const read = series.stacked ? value - series.low[idx] : value;
    return [{ ...row, value: read, label: valueLabel(read, data.y.unit) }];
  }
  const cells = cellReading(series.cells, idx, place && panel.yAt(place));
  return cells.map((cell) => ({ ...row, ...cell, group: null }));
}

/** The hits of one cell, and of all cells of the bin. */
function cellReading({ edges, counts }, slice, value) {
  const column = counts[slice];
  const all = column.reduce((sum, count) => sum + count, 0);
  const rows = [{ name: "hits in this step", value: all, label: decimal(all) }];
  const row = value === null ? -1 : edges.findLastIndex((edge) => edge <= value);
  if (row >= 0 && row < column.length) {
    const name = `hits of ${durationLabel(edges[row])} to ${durationLabel(edges[row + 1])}`;
    rows.unshift({ name, value: column[row], label: decimal(column[row]) });
  }
  return rows;
}

/** The value of a series of points: the nearest point of a line, or a mark close to the pointer. */
function pointReading(panel, { series, group }, x, place) {
  const { data, axes } = panel;
  if (series.x === undefined || series.x.length === 0) return [];
  const at = projection(data, axes);
  const here = place ?? { x: at.x(x) };
  const isMark = series.drawn === "marks";
  const [first, last] = isMark ? [-NEAR, NEAR].map((reach) => panel.xAt({ x: here.x + reach })) : [-Infinity, Infinity];
  let [nearest, distance] = [null, isMark ? NEAR : Infinity];
  // There may be 200 000 marks: only those close to the pointer are projected.
  for (let idx = 0; idx < series.x.length; idx += 1) {
    if (series.x[idx] < first || series.x[idx] > last) continue;
    const across = at.x(series.x[idx]) - here.x;
    const down = isMark && here.y !== undefined ? at.y(series.y[idx]) - here.y : 0;
    const length = Math.hypot(across, down);
    if (nearest === null ? length <= distance : length < distance) [nearest, distance] = [idx, length];
  }
  if (nearest === null) return [];
  const value = series.y[nearest];
  const when = isMark ? ` at ${timeLabel(series.x[nearest])}` : "";
  return [{
    name: series.name + when, group, value, x: series.x[nearest], label: valueLabel(value, data.y.unit),
  }];
}

/** The stops of the cursor when keys move it, rising: the bins of the longest run, or the points
 *  if there are no bins. */
function stopsOf({ data, axes }) {
  const sliced = data.series.filter(({ slices }) => slices !== undefined).map(({ slices }) => data.slices[slices]);
  const [longest] = sliced.sort(([, a], [, b]) => b.at(-1) - a.at(-1));
  const stops = longest
    ? longest[0].map((from, idx) => (from + longest[1][idx]) / 2)
    : [...new Set(data.series.flatMap(({ x }) => x ?? []))].sort((a, b) => a - b);
  // Stops are rounded, so the last one may be just beyond the axis.
  return stops.filter((stop) => stop >= axes.x.from && stop <= axes.x.to * (1 + 1e-8));
}
