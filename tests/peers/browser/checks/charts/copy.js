// With access to the clipboard, a chart is copied as shown: as SVG without the parts that only the page
// needs, and as PNG of twice its size.

import assert from "node:assert/strict";

import { charts } from "../../chart.js";

export const context = { permissions: ["clipboard-read", "clipboard-write"] };

export default async function check({ page }) {
  const { latency, inflight } = await charts(page);
  const off = latency.svg.locator("g.entry").first();
  await off.click();
  const [left, top, right] = latency.panels[0].inside;
  await latency.point((left + right) / 2, top + 20);
  await checkSvg(page, latency, await copied(latency));
  await press(inflight, "PNG", "Copied");
  const bytes = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    return [...new Uint8Array(await (await item.getType("image/png")).arrayBuffer())];
  });
  await checkPng(inflight, Buffer.from(bytes));
}

/** Copies a chart as SVG, and returns the content of the clipboard. */
export async function copied(chart) {
  await press(chart, "SVG", "Copied");
  return chart.page.evaluate(() => navigator.clipboard.readText());
}

/** Presses a button and waits for its message. */
export async function press(chart, kind, word) {
  const button = chart.figure.locator(".tools button").nth(kind === "SVG" ? -2 : -1);
  // The button shows the message for a moment only, which a busy machine may miss, so it is kept.
  const node = await button.elementHandle();
  await node.evaluate((node) => {
    node.shown = [];
    new MutationObserver(() => node.shown.push(node.ariaLabel ?? node.textContent)).observe(node, { childList: true });
  });
  await button.click();
  await chart.page.waitForFunction((node) => node.shown.length > 0, node);
  assert.equal(await node.evaluate((node) => node.shown[0]), word);
  const said = chart.page.locator("[aria-live=polite]");
  assert.equal(await said.textContent(), `${await chart.svg.getAttribute("aria-label")}: ${word.toLowerCase()} as ${kind}`);
}

/** Checks an SVG document in another page, since the page's own policy forbids markup from text. */
export async function checkSvg(page, chart, text) {
  const bench = await page.context().newPage();
  const found = await bench.evaluate((text) => {
    const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    const count = (selector) => root.querySelectorAll(selector).length;
    return {
      root: root.tagName, role: root.getAttribute("role"), title: root.querySelector("title")?.textContent,
      helpers: count("[tabindex], [aria-checked], [aria-label], .ground, .cursor, .brush, script"),
      panels: count("g.panel"), pale: count("g.entry[opacity]"), broken: count("parsererror"),
    };
  }, text);
  await bench.close();
  const pale = await chart.svg.locator("[aria-checked=false]").count();
  assert.deepEqual(found, {
    root: "svg", role: "img", title: await chart.svg.getAttribute("aria-label"), helpers: 0,
    panels: chart.panels.length, pale, broken: 0,
  });
}

/** Checks that bytes are a PNG of a chart. */
export async function checkPng(chart, bytes) {
  assert.equal(bytes.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const [, , width, height] = (await chart.svg.getAttribute("viewBox")).split(" ").map(Number);
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [width, height]);
}
