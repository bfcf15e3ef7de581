// Legend entries show and hide their data: by click, Enter and Space.

import assert from "node:assert/strict";

import { charts } from "../../chart.js";

export default async function check({ page }) {
  const { latency } = await charts(page);
  const [panel] = latency.panels;
  const entries = latency.svg.locator("g.entry[role=switch]");
  const last = await entries.count() - 1;
  for (const idx of new Set([0, Math.floor(last / 2), last])) {
    const entry = entries.nth(idx);
    const toggles = [() => entry.click(), () => entry.press("Enter"), () => entry.press("Space"), () => entry.click()];
    for (const [times, toggle] of toggles.entries()) {
      await toggle();
      const isOn = times % 2 === 1;
      assert.equal(await entry.getAttribute("aria-checked"), String(isOn));
      const hidden = await latency.panel(0).locator("g.series").evaluateAll((groups) =>
        groups.map((group) => getComputedStyle(group).display === "none"));
      assert.deepEqual(hidden, panel.series.map(({ entries }) => !isOn && entries.includes(idx)), `entry ${idx}`);
    }
  }
  await checkTip(page, latency, panel);
}

/** Hidden data are not read either. In a comparison of runs, an entry hides all p99 lines at once. */
async function checkTip(page, latency, panel) {
  const [left, top, right] = panel.inside;
  const names = async () => {
    await latency.point((left + right) / 2, top + 2);
    return (await latency.tip()).rows.map(({ name }) => name);
  };
  const before = await names();
  const thin = latency.svg.locator("g.entry", { hasText: "p99" }).last();
  await thin.click();
  const after = await names();
  const isLost = before.filter((name) => !after.includes(name));
  const expected = (await thin.textContent()).trim() === "thin: p99" ? before.filter((name) => name.endsWith("p99")) : ["p99"];
  assert.ok(expected.length > 0);
  assert.deepEqual(isLost, expected);
}
