// Without access to the clipboard, a chart is saved as a file.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { charts } from "../../chart.js";
import { checkPng, checkSvg, press } from "./copy.js";

/** Permissions that are not listed here are denied. */
export const context = { permissions: ["geolocation"] };

export default async function check({ page }) {
  const { rate } = await charts(page);
  for (const kind of ["SVG", "PNG"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), press(rate, kind, "Saved")]);
    assert.equal(download.suggestedFilename(), `rate.${kind.toLowerCase()}`);
    const bytes = await readFile(await download.path());
    if (kind === "SVG") await checkSvg(page, rate, bytes.toString());
    else await checkPng(rate, bytes);
  }
}
