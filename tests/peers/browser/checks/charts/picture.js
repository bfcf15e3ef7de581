// A chart in a file is an SVG document without a content policy. Hostile texts are still only texts there.

import assert from "node:assert/strict";

const ELEMENTS = new Set("svg title metadata style g path rect circle text".split(" "));

export default async function check({ page }) {
  const { root, title, others, ran } = await page.evaluate(() => ({
    root: document.documentElement.localName,
    title: document.querySelector("title").textContent,
    others: [...document.querySelectorAll("*")].map(({ localName, attributes }) =>
      [localName, ...[...attributes].map(({ name }) => name).filter((name) => name.startsWith("on"))]),
    ran: "ran" in window,
  }));
  assert.equal(root, "svg");
  assert.ok(title.includes("<img src=x onerror=ran()>"), title);
  assert.deepEqual(others.filter(([name, ...hostile]) => !ELEMENTS.has(name) || hostile.length > 0), []);
  assert.equal(ran, false);
}
