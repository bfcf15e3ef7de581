// Foreign text stays text. None of it is an element or an attribute that runs: in the page, in what it shows
// under the pointer, and in what it copies.

import assert from "node:assert/strict";

import { charts } from "../../chart.js";
import { checkSvg, copied } from "../charts/copy.js";

export const context = { permissions: ["clipboard-read", "clipboard-write"] };

/** Every kind of element and attribute that a page contains. */
const ELEMENTS = new Set(
  "html head meta title style body main header h1 h2 p dl div dt dd data nav ul li a section figure table caption thead "
  .concat("tbody tfoot tr th td pre script b i span button svg g path rect circle text metadata clipPath").split(" "));

/** Parts of the stream and the command line that would run. */
const TEXTS = ["</script><script>ran()", "<img src=x onerror=ran()>", "</metadata><svg onload=ran()>", "]]><script>ran()"];

/** Characters that would garble the words around them. */
const UNRULY = /[\u2028\u2029\u202a-\u202e\u2066-\u2069\0-\x08\x0b-\x1f]/u;

export default async function check({ page }) {
  const elements = await page.evaluate(() => [...document.querySelectorAll("*")].map(({ localName, attributes }) =>
    [localName, [...attributes].filter(({ name, value }) => name.startsWith("on") || /^\s*javascript:/i.test(value)).length]));
  const others = elements.filter(([name, hostile]) => !ELEMENTS.has(name) || hostile > 0);
  assert.deepEqual(others, []);
  assert.equal(elements.filter(([name]) => name === "script").length, 1);
  const shown = await page.locator("main").innerText();
  for (const text of TEXTS) assert.ok(shown.includes(text), `${text} is shown as it is`);
  assert.ok(!UNRULY.test(shown));
  for (const chart of Object.values(await charts(page))) await checkChart(page, chart);
  assert.equal(await page.evaluate(() => "ran" in window), false);
}

async function checkChart(page, chart) {
  const middles = chart.panels.map(({ inside: [left, top, right, bottom] }) => [(left + right) / 2, (top + bottom) / 2]);
  const tips = await chart.tips(middles);
  assert.ok(!UNRULY.test(JSON.stringify(tips)));
  assert.equal(await chart.figure.locator(".tip *:not(b, i, div, span)").count(), 0);
  if (chart.name !== "latency") return;
  await checkSvg(page, chart, await copied(chart));
}
