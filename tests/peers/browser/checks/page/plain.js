// Without its script, the page only lacks the script: it has charts and tables, and no tools that do nothing.

import assert from "node:assert/strict";

export const context = { javaScriptEnabled: false };

export default async function check({ page }) {
  const charts = page.locator("figure > svg[role=img]");
  const count = await charts.count();
  assert.ok(count > 0 && count === await page.locator("figure").count());
  for (const chart of await charts.all()) {
    const box = await chart.boundingBox();
    assert.ok(box.width > 600 && box.height > 200, JSON.stringify(box));
    assert.notEqual(await chart.locator("title").textContent(), "");
    assert.ok(await chart.locator("g.frame").count() > 0);
  }
  assert.equal(await page.locator(".tools, .hint, .tip, .cover").count(), 0);
  assert.ok(await page.locator("table").count() > 0);
}
