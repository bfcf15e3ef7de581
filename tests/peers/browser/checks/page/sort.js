// Tables are sorted by a click or a key on the name of a column: numbers by their exact value, the total last. At
// first, they have the order of the page.

import assert from "node:assert/strict";

export default async function check({ page }) {
  const table = page.getByRole("table", { name: "Requests by name" });
  const keys = () => table.locator("tbody th").allTextContents();
  const values = (column) => table.locator(`tbody tr > :nth-child(${column + 1})`).evaluateAll((cells) =>
    cells.map((cell) => Number(cell.querySelector("data").value)));
  const names = await keys();
  assert.deepEqual(names, [...names].sort(), "the order of the page");
  const heads = await table.locator("thead th").allTextContents();
  assert.ok(["failed", "min", "mean", "p90"].every((head) => heads.includes(head)), heads.join());
  assert.equal(await table.locator("[aria-sort]").count(), 0);
  const column = heads.indexOf("p90");
  const rising = (await values(column)).sort((a, b) => a - b);
  await table.getByRole("button", { name: "p90" }).click();
  assert.deepEqual(await values(column), rising.toReversed());
  assert.deepEqual(await sorted(table), ["p90", "descending"]);
  await page.keyboard.press("Enter");
  assert.deepEqual(await values(column), rising);
  assert.deepEqual(await sorted(table), ["p90", "ascending"]);
  await table.getByRole("button", { name: "name" }).focus();
  await page.keyboard.press("Space");
  assert.deepEqual(await keys(), names);
  assert.deepEqual(await sorted(table), ["name", "ascending"]);
  await page.keyboard.press("Space");
  assert.deepEqual(await keys(), names.toReversed());
  assert.deepEqual(await table.locator("tfoot th").allTextContents(), ["(total)"]);
}

/** The column that a table is sorted by, and its direction. */
async function sorted(table) {
  return (await table.locator("[aria-sort]").evaluateAll((heads) =>
    heads.map((head) => [head.textContent, head.getAttribute("aria-sort")]))).flat();
}
