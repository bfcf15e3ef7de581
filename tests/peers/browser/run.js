// Runs checks on pages in Chromium: node run.js MODULES PAGE:CHECK[,CHECK...]...
//
// MODULES is where npm has installed playwright-core. A CHECK is a file under checks/, such as charts/zoom.
// Each check gets a freshly loaded page, in one browser for all. Failures are printed to standard error, and
// the exit code is 1.

import { createRequire } from "node:module";
import { basename } from "node:path";

import { openTab } from "./page.js";

/** Longest wait, in ms: a busy machine may have two cores for everything. */
const PATIENCE = 60_000;

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Runs checks on a page; prints one line per problem. */
async function runAll(browser, path, names) {
  let [opened, last] = [null, null];
  for (const name of names) {
    const { context = {}, default: check } = await import(`./checks/${name}.js`);
    // Creating a tab takes longer than loading a page, so checks with the same context share one.
    if (last !== JSON.stringify(context)) {
      await opened?.close();
      opened = await openTab(browser, context, PATIENCE);
      last = JSON.stringify(context);
    }
    const problems = await problemsOf(opened, path, check);
    problems.forEach((problem) => console.error(`${basename(path)}, ${name}: ${problem}`));
    if (problems.length > 0) process.exitCode = 1;
  }
  await opened?.close();
}

/** Loads a page and runs a check on it; returns the problems. */
async function problemsOf(tab, path, check) {
  try {
    await tab.read(path);
    await check(tab);
    return tab.problems.splice(0);
  } catch (error) {
    return [...tab.problems.splice(0), error.stack];
  }
}

const [modules, ...tasks] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
for (const task of tasks) {
  const at = task.lastIndexOf(":");
  await runAll(browser, task.slice(0, at), task.slice(at + 1).split(","));
}
await browser.close();
