// The slowest requests show when they happened, as time since the first hit and as time of day, like the charts.

import assert from "node:assert/strict";

import { charts } from "../../chart.js";

export default async function check({ page }) {
  const { begin } = JSON.parse(await page.locator("figure metadata").first().textContent());
  const table = page.getByRole("table", { name: /^The slowest requests/ });
  const heads = await table.locator("thead th").allTextContents();
  const rows = await table.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.equal(rows.length, 20);
  for (const cells of rows) {
    const row = Object.fromEntries(heads.map((head, idx) => [head, cells[idx]]));
    // The server stalls between these seconds, and each hit is 50 ms after the one before.
    const at = Number(row.at.replace("s", ""));
    assert.ok(at >= 45 && at <= 47 && Math.abs(at - row.seq / 20) < 1e-6, row.at);
    assert.equal(row["time, UTC"], new Date(begin + at * 1000).toISOString().slice(11, 23));
  }
  await checkCharts(page, begin);
}

/** Charts show the time of day in the name of the axis and next to the pointer. */
async function checkCharts(page, begin) {
  const clock = new Date(begin).toISOString().slice(11, 19);
  const { latency } = await charts(page);
  const texts = await latency.panel(0).locator("g.frame text").allTextContents();
  assert.ok(texts.includes(`seconds since the first hit at ${clock} UTC`), texts.join(" | "));
  const [left, top, right] = latency.panels[0].inside;
  const [{ title }] = await latency.tips([[(left + right) / 2, top + 20]]);
  const [, from, to] = title.match(/, (\d\d:\d\d:[\d.]+) to (\d\d:\d\d:[\d.]+) UTC$/) ?? [];
  assert.ok(from <= clockAt(begin, 30) && clockAt(begin, 30) <= to, title);
}

function clockAt(begin, seconds) {
  return new Date(begin + seconds * 1000).toISOString().slice(11, 23);
}
