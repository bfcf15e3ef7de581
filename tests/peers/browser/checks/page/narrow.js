// On a phone, the page is as wide as the screen. Wider parts scroll, and tips do, too.

import assert from "node:assert/strict";

import { charts } from "../../chart.js";

export const context = { viewport: { width: 400, height: 800 }, hasTouch: true };

export default async function check({ page }) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(wide, 400);
  const { latency } = await charts(page);
  for (const scrolled of [0, 250]) {
    await latency.figure.evaluate((figure) => figure.scrollIntoView());
    await latency.figure.evaluate((figure, left) => { figure.scrollLeft = left; }, scrolled);
    const box = await latency.svg.boundingBox();
    await page.touchscreen.tap(200, box.y + box.height / 2);
    const tip = await latency.figure.locator(".tip").boundingBox();
    assert.ok(tip && tip.x >= 0 && tip.x + tip.width <= 400, `${JSON.stringify(tip)}, scrolled by ${scrolled}`);
  }
  await page.touchscreen.tap(200, (await latency.figure.boundingBox()).y - 10);
  assert.equal(await latency.tip(), null, "a touch elsewhere takes the values away");
}
