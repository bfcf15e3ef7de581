// On paper, nothing is wider than the page and no chart is longer, and there are no tools. The browser prints
// the page to PDF.

import assert from "node:assert/strict";

/** What is left of an A4 page at 96 pixels per inch with margins of 1 cm. */
const SHEET = { width: 718, height: 1046 };

export const context = { viewport: SHEET };

export default async function check({ page }) {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  // The page redraws its charts when the browser next renders it, and may not have done so yet.
  const isOriginal = () => [...document.querySelectorAll("figure svg:has(metadata)")]
    .every((chart) => chart.viewBox.baseVal.width === 2000);
  await page.waitForFunction(isOriginal, null, { timeout: 10_000 })
    .catch(() => assert.fail("charts are not the original drawings"));
  const { wide, tall, tools, ground } = await page.evaluate(({ width, height }) => {
    const seen = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().width > 0);
    return {
      wide: seen.filter((one) => !one.closest("svg > *") && one.getBoundingClientRect().right > width + 1).map(({ outerHTML }) => outerHTML.slice(0, 200)),
      tall: seen.filter((one) => one.matches("figure") && one.getBoundingClientRect().height > height).length,
      tools: seen.filter((one) => one.matches(".tools, .tip, .hint, nav, .cover")).length,
      ground: getComputedStyle(document.body).backgroundColor,
    };
  }, SHEET);
  assert.deepEqual({ wide, tall, tools, ground }, { wide: [], tall: 0, tools: 0, ground: "rgb(255, 255, 255)" });
  const pdf = await page.pdf({ format: "A4", margin: { top: "1cm", right: "1cm", bottom: "1cm", left: "1cm" } });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
}
