// The tab key reaches links, buttons, charts, legend entries and tables in the order of the page, each with a
// name. Tables have captions and headers for their cells.

import assert from "node:assert/strict";

export default async function check({ page }) {
  const expected = await page.evaluate(() => {
    const all = document.querySelectorAll("a, button:not([hidden]), svg[tabindex], g.entry[role=switch], .table, pre");
    all.forEach((one, idx) => { one.dataset.stop = idx; });
    return all.length;
  });
  for (let idx = 0; idx < expected; idx += 1) {
    await page.keyboard.press("Tab");
    const { stop, outline } = await page.evaluate(() => {
      const { activeElement } = document;
      return { stop: Number(activeElement.dataset.stop), outline: getComputedStyle(activeElement).outlineStyle };
    });
    assert.equal(stop, idx);
    assert.notEqual(outline, "none", `stop ${idx} is seen to have the focus`);
  }
  assert.deepEqual(await nameless(page), []);
  await checkTables(page);
}

/** Elements that keys reach and that have no name to be read. */
function nameless(page) {
  return page.locator("[data-stop]:not(pre)").evaluateAll((all) => all
    .filter((one) => !(one.getAttribute("aria-label") || one.textContent).trim()).map(({ outerHTML }) => outerHTML));
}

async function checkTables(page) {
  const tables = await page.locator(".table").evaluateAll((regions) => regions.map((region) => ({
    role: region.getAttribute("role"),
    isNamed: region.getAttribute("aria-label") === region.querySelector("caption").textContent,
    columns: [...region.querySelectorAll("thead th")].every(({ scope }) => scope === "col"),
    rows: [...region.querySelectorAll("tbody tr")].every((row) => row.firstElementChild.scope === "row"),
    widths: new Set([...region.querySelectorAll("tr")].map(({ children }) => children.length)).size,
  })));
  assert.ok(tables.length > 0);
  tables.forEach((table) => assert.deepEqual(table, { role: "region", isNamed: true, columns: true, rows: true, widths: 1 }));
}
