// The numbers that programs read from the page are those of the JSON report next to it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

export default async function check({ page, path }) {
  const report = JSON.parse(await readFile(path.replace(".html", ".json"), "utf8"));
  const tiles = await page.locator(".tiles > div").evaluateAll((tiles) => tiles.map((tile) =>
    [tile.querySelector("dt").textContent, Number(tile.querySelector("data").value)]));
  const { latencies } = report;
  assert.deepEqual(Object.fromEntries(tiles), {
    Requests: report.requests, Rate: report.rate, Success: report.success,
    p50: latencies["50th"], p95: latencies["95th"], p99: latencies["99th"],
  });
  const rows = await page.getByRole("table", { name: "Requests by name" }).locator("tbody tr, tfoot tr").evaluateAll((rows) =>
    rows.map((row) => [row.querySelector("th").textContent, [...row.querySelectorAll("data")].map(({ value }) => Number(value))]));
  const groups = { ...report.groups, "(total)": report };
  assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, [
    group.requests, group.requests - Math.round(group.requests * group.success), group.success, group.rate,
    ...["min", "mean", "50th", "90th", "95th", "99th", "max"].map((key) => group.latencies[key])]])));
  await checkErrors(page, report);
}

/** Errors have their counts, the most frequent first, and the requests that failed. */
async function checkErrors(page, report) {
  const errors = await page.getByRole("table", { name: /^Errors/ }).locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => [row.cells[0].textContent, Number(row.querySelector("data").value), row.cells[3].textContent.split("\n")]));
  assert.deepEqual(errors.map(([error, count]) => [error, count]).sort(), Object.entries(report.error_counts).sort());
  const counts = errors.map(([, count]) => count);
  assert.deepEqual(counts, [...counts].sort((a, b) => b - a));
  for (const [error, count, requests] of errors) {
    const parts = requests.map((line) => line.match(/^(\d+) × GET (home|login|search)$/));
    assert.ok(parts.every(Boolean), `${error}: ${requests}`);
    assert.equal(parts.reduce((sum, [, part]) => sum + Number(part), 0), count, error);
  }
}
