// On a phone, nothing is wider than the screen. Charts are drawn for its width, with letters that can be read and
// labels that do not overlap, and show the values of their data. Tables scroll below their first column.

import assert from "node:assert/strict";

import { charts, place } from "../../chart.js";
import { expectedRows } from "../../expected.js";
import { checkRows } from "../charts/pointer.js";

export const context = { viewport: { width: 400, height: 800 }, hasTouch: true };

/** Height in pixels of the smallest letters. */
const LEAST_LETTERS = 10.5;

/** Most panels of a chart that are checked. */
const MOST_PANELS = 2;

export default async function check({ page }) {
  await checkWidths(page);
  await checkTables(page);
  const all = Object.values(await charts(page));
  assert.ok(all.length > 0);
  for (const chart of all) {
    await checkLetters(chart);
    await checkValues(chart);
  }
  await checkTip(page, all.find(({ name }) => name === "heatmap"));
  await checkResized(page);
}

/** Only parts that scroll have wider content. */
async function checkWidths(page) {
  const wide = await page.evaluate(() => {
    const seen = [...document.querySelectorAll("main *")].filter((one) => !one.closest(".table > *, pre > *, svg > *"));
    return [document.documentElement, ...seen]
      .filter((one) => one.getBoundingClientRect().right > 400.5 || !one.matches(".table, pre, .unseen") && one.scrollWidth > Math.max(one.clientWidth, 400))
      .map(({ outerHTML }) => outerHTML.slice(0, 100));
  });
  assert.deepEqual(wide, []);
}

/** After scrolling, the first column is still there, and does not cover the whole table. */
async function checkTables(page) {
  const tables = await page.locator(".table").evaluateAll((regions) => regions.map((region) => {
    region.scrollLeft = region.scrollWidth;
    const { left, right, width } = region.getBoundingClientRect();
    const cells = [...region.querySelectorAll("tr > :first-child")].map((cell) => cell.getBoundingClientRect());
    return {
      name: region.getAttribute("aria-label"),
      isSeen: cells.every((cell) => cell.left >= left - 1 && cell.right <= right && cell.width < width * 0.7),
      isWide: region.scrollWidth > region.clientWidth,
    };
  }));
  assert.ok(tables.some(({ isWide }) => isWide), "a table scrolls");
  tables.forEach(({ name, isSeen }) => assert.ok(isSeen, `the first column of ${name}`));
}

/** All texts are within the chart, of readable size, and not on top of each other. */
async function checkLetters(chart) {
  const { within, texts } = await chart.svg.evaluate((svg) => {
    const boxOf = ({ left, right, top, bottom }) => ({ left, right, top, bottom });
    const all = [...svg.querySelectorAll("text")].filter((text) => text.textContent);
    const pixels = svg.getScreenCTM().a;
    return {
      within: boxOf(svg.getBoundingClientRect()),
      texts: all.map((text) => ({
        words: text.textContent, size: Number(text.getAttribute("font-size")) * pixels, ...boxOf(text.getBoundingClientRect()),
      })),
    };
  });
  assert.ok(texts.length > 5);
  texts.forEach(({ words, size, left, right, top, bottom }) => {
    assert.ok(size >= LEAST_LETTERS, `${chart.name}: ${words} has ${size} px`);
    const isWithin = left >= within.left - 1 && right <= within.right + 1 && top >= within.top - 1 && bottom <= within.bottom + 1;
    assert.ok(isWithin, `${chart.name}: ${words} is clipped`);
  });
  texts.forEach((one, idx) => texts.slice(idx + 1).forEach((other) => {
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    assert.ok(across <= 1 || down <= 3, `${chart.name}: ${one.words} is on ${other.words}`);
  }));
}

/** The values at a place are those of the data. */
async function checkValues(chart) {
  const panels = await chart.drawnPanels();
  for (const panel of panels.slice(0, MOST_PANELS)) {
    const [left, top, right, bottom] = panel.inside;
    const [x, y] = [Math.round(left + 0.413 * (right - left)), Math.round(top + 0.3 * (bottom - top))];
    const [tip] = await chart.tips([[x, y]]);
    checkRows(tip?.rows ?? [], expectedRows(panel, valueAt(panel, x), y), chart.name);
  }
}

/** The value of the x axis at a place, by halving the axis. */
function valueAt(panel, at) {
  let [from, to] = [panel.x.from, panel.x.to];
  for (let times = 0; times < 50; times += 1) {
    const middle = (from + to) / 2;
    if (place(panel, "x", middle) < at) from = middle;
    else to = middle;
  }
  return from;
}

/** A tip is on the screen, and a touch elsewhere takes it away. */
async function checkTip(page, chart) {
  const [{ inside: [left, top, right, bottom] }] = await chart.drawnPanels();
  const scale = await chart.scale();
  // Early enough for the shortest of several runs.
  await page.touchscreen.tap(...scale(left + 0.1 * (right - left), (top + bottom) / 2));
  const tip = await chart.figure.locator(".tip").boundingBox();
  assert.ok(tip && tip.x >= 0 && tip.x + tip.width <= 400, JSON.stringify(tip));
  await page.evaluate(() => window.scrollBy(0, -40));
  await page.touchscreen.tap(200, (await chart.figure.boundingBox()).y - 10);
  assert.equal(await chart.tip(), null, "a touch elsewhere takes the values away");
}

/** Turned to the side and back, the page fits again; on a wide screen, charts are the original drawings. */
async function checkResized(page) {
  const drawn = () => page.locator("figure svg:has(metadata)").evaluateAll((charts) =>
    charts.map((chart) => ({ width: chart.viewBox.baseVal.width, texts: [...chart.querySelectorAll("text")].map(({ textContent }) => textContent) })));
  const narrow = await drawn();
  await page.setViewportSize({ width: 1200, height: 800 });
  await page.waitForFunction(() => document.querySelector("figure svg:has(metadata)").viewBox.baseVal.width === 2000);
  const whole = await drawn();
  await page.setViewportSize({ width: 400, height: 800 });
  await page.waitForFunction(() => document.querySelector("figure svg:has(metadata)").viewBox.baseVal.width < 800);
  assert.deepEqual(await drawn(), narrow);
  await page.setViewportSize({ width: 1200, height: 800 });
  await page.waitForFunction(() => document.querySelector("figure svg:has(metadata)").viewBox.baseVal.width === 2000);
  assert.deepEqual(await drawn(), whole);
}
