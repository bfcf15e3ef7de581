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
  const rows = await page.getByRole("table", { name: "Requests by name" }).locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => [row.querySelector("th").textContent, [...row.querySelectorAll("data")].map(({ value }) => Number(value))]));
  const groups = { ...report.groups, "(total)": report };
  assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, [
    group.requests, group.rate, group.success, ...["50th", "95th", "99th", "max"].map((key) => group.latencies[key])]])));
  const errors = await page.getByRole("table", { name: /^Errors/ }).locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => row.querySelector("th").textContent));
  assert.deepEqual(errors.sort(), [...report.errors].sort());
}
