// The page is complete in light mode, in dark mode and on paper, and shows each chart in the colors of the
// mode.

import assert from "node:assert/strict";

const PAPER = { light: "rgb(255, 255, 255)", dark: "rgb(30, 33, 37)" };

export default async function check({ page }) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, media: "screen" });
    const grounds = await page.locator("figure svg:has(metadata)").evaluateAll((charts) =>
      charts.map((chart) => getComputedStyle(chart.querySelector("path")).fill));
    assert.ok(grounds.length > 0, "there is a chart");
    assert.deepEqual(new Set(grounds), new Set([PAPER[colorScheme]]));
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  }
  const { isWide, pending } = await page.evaluate(() => ({
    isWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    pending: document.readyState,
  }));
  assert.deepEqual({ isWide, pending }, { isWide: false, pending: "complete" });
}
