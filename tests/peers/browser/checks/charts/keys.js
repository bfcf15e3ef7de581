// With the keyboard, a chart shows the same values as with the pointer, and announces them to screen readers.

import assert from "node:assert/strict";

import { charts } from "../../chart.js";
import { expectedRows } from "../../expected.js";
import { checkRows } from "./pointer.js";

export default async function check({ page }) {
  const { latency, percentiles, names } = await charts(page);
  const said = () => page.locator("[aria-live=polite]").textContent();
  const [froms, tos] = latency.panels[0].slices[0];
  const middles = froms.map((from, idx) => (from + tos[idx]) / 2);
  await latency.svg.focus();
  const steps = [
    ["ArrowRight", 0], ["ArrowRight", 1], ["ArrowRight", 2], ["ArrowLeft", 1], ["Shift+ArrowRight", 11],
    ["End", froms.length - 1], ["ArrowRight", froms.length - 1], ["Home", 0], ["ArrowLeft", 0],
  ];
  for (const [key, slice] of steps) {
    await page.keyboard.press(key);
    const tip = await latency.tip();
    const bands = tip.rows.filter(({ name }) => !name.includes(" at "));
    const isBand = ({ name }) => typeof name === "string";
    checkRows(bands, expectedRows(latency.panels[0], middles[slice], 0).filter(isBand), key);
    assert.equal(await said(), wordsOf(tip), key);
  }
  await page.keyboard.press("Escape");
  assert.equal(await latency.tip(), null, "Escape takes the values away");
  await checkPanels(page, names, said);
  await checkPoints(page, percentiles, said);
}

/** The up and down keys go from panel to panel. */
async function checkPanels(page, chart, said) {
  const begins = chart.panels.map(({ name }) => `${name}, `);
  await chart.svg.focus();
  for (const [key, idx] of [["ArrowRight", 0], ["ArrowDown", 1], ["ArrowDown", 2], ["ArrowUp", 1]]) {
    await page.keyboard.press(key);
    assert.ok((await said()).startsWith(begins[idx]), `${key}: ${await said()}`);
    assert.equal(await said(), wordsOf(await chart.tip()));
  }
}

/** Without steps, keys go from point to point. */
async function checkPoints(page, chart, said) {
  const [panel] = chart.panels;
  await chart.svg.focus();
  await page.keyboard.press("End");
  const last = Math.max(...panel.series.flatMap(({ x }) => x));
  const { rows } = await chart.tip();
  checkRows(rows, expectedRows(panel, last, 0), "End");
  assert.equal(await said(), wordsOf(await chart.tip()));
}

function wordsOf({ title, rows }) {
  return [title, ...rows.map(({ name, value }) => `${name} ${value}`)].join(", ");
}
