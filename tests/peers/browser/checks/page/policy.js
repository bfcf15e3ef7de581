// The page's policy is enforced: injected content neither runs, nor becomes markup, nor loads anything.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

export default async function check({ page, path, problems }) {
  await checkWritten(page, path);
  await checkMade(page);
  const found = problems.splice(0);
  const isRefused = (problem) => /^the console says: .*(violates|requires|modified)/s.test(problem);
  const isTried = (problem) => /^a request for (file:.*\.poked\.html|https:.127|https:\/\/127)/.test(problem);
  assert.deepEqual(found.filter((problem) => !isRefused(problem) && !isTried(problem)), []);
}

/** Adds a script, a handler and a frame to the file itself. */
async function checkWritten(page, path) {
  const poked = path.replace(".html", ".poked.html");
  const html = await readFile(path, "utf8");
  await writeFile(poked, html.replace("<main>", `<script>window.ran = "script"</script>
    <img src="data:," onerror="window.ran = 'handler'"><iframe src="data:text/html,a"></iframe><main>`));
  await page.addInitScript(() => {
    window.refused = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => window.refused.push(effectiveDirective));
  });
  await page.goto(pathToFileURL(poked).href);
  await page.waitForFunction(() => window.refused.length >= 3);
  const { refused, ran, isLive } = await page.evaluate(() => ({
    refused: window.refused.sort(), ran: "ran" in window, isLive: document.documentElement.classList.contains("live"),
  }));
  assert.deepEqual({ refused, ran, isLive }, { refused: ["frame-src", "script-src-attr", "script-src-elem"], ran: false, isLive: true });
}

/** Does the same through the document, as a bug in the script might. */
async function checkMade(page) {
  const errors = await page.evaluate(async () => {
    const attempts = [
      () => { document.body.innerHTML += "<p id=made>"; },
      () => document.body.setAttribute("onclick", "window.ran = 1"),
      () => { document.createElement("script").src = "data:text/javascript,window.ran = 2"; },
      () => new DOMParser().parseFromString("<p>", "text/html"),
      () => document.write("<p id=made>"),
    ];
    const image = new Image();
    const failed = new Promise((resolve) => { image.onerror = resolve; });
    image.src = "https://127.0.0.1:1/picture.png";
    await failed;
    return attempts.map((attempt) => {
      try {
        attempt();
        return "none";
      } catch ({ name }) {
        return name;
      }
    });
  });
  assert.deepEqual(errors, Array(5).fill("TypeError"));
  assert.equal(await page.locator("#made").count(), 0);
  assert.equal(await page.evaluate(() => "ran" in window), false);
  assert.ok((await page.evaluate(() => window.refused)).includes("img-src"));
}
