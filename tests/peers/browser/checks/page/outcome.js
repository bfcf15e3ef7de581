// The outcome is in one word, in a color that nothing else has, and can be read in light and dark mode, on paper and
// without color.

import assert from "node:assert/strict";

/** Minimum contrast of letters. Source: Web Content Accessibility Guidelines 2.1, success criterion 1.4.3. */
const CONTRAST = 4.5;

export default async function check({ page, path }) {
  const isPassed = path.endsWith("passed.html");
  const pill = page.locator("header .status");
  const expected = isPassed ? "PASS 1 of 1 threshold passed" : "FAIL 2 of 3 thresholds failed";
  assert.equal(await pill.innerText(), expected);
  for (const look of [{ colorScheme: "light" }, { colorScheme: "dark" }, { media: "print" }]) {
    await page.emulateMedia({ media: "screen", ...look });
    const { text, ground, others } = await pill.evaluate((one) => {
      const look = (of) => [getComputedStyle(of).color, getComputedStyle(of).backgroundColor].join();
      const { color, backgroundColor } = getComputedStyle(one);
      const ground = backgroundColor === "rgba(0, 0, 0, 0)" ? getComputedStyle(document.body).backgroundColor : backgroundColor;
      return { text: color, ground, others: [...document.querySelectorAll(".badge:not(.status)")].map(look).includes(look(one)) };
    });
    assert.ok(contrast(text, ground) >= CONTRAST, `${text} on ${ground}, ${JSON.stringify(look)}`);
    assert.equal(others, false, JSON.stringify(look));
  }
}

/** The contrast of two colors, from 1 to 21. */
function contrast(...colors) {
  const [one, other] = colors.map((color) => color.match(/\d+/g).slice(0, 3).map((part) => part / 255))
    .map((parts) => parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)))
    .map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue);
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
