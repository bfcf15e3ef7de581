// A page without results says so, and offers no tools that need data.

import assert from "node:assert/strict";

export default async function check({ page }) {
  assert.ok(await page.getByText("No requests", { exact: true }).isVisible());
  assert.equal(await page.locator("figure, table").count(), 0);
  assert.equal(await page.locator(".tools, .hint, [tabindex='0'][role=group]").count(), 0);
}
