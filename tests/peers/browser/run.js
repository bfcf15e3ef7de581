// Runs checks on pages in Chromium: node run.js MODULES PAGE:CHECK[,CHECK...]...
//
// MODULES is where npm has put playwright-core. A CHECK is a file under checks/, such as charts/zoom. Each has the page freshly
// read, in one browser for all. What fails is told on standard error, and the exit code is 1.

import { createRequire } from "node:module";
import { basename } from "node:path";

import { openTab } from "./page.js";

/** Longest that anything is waited for, in ms: a busy machine has two cores for all. */
const PATIENCE = 20_000;

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Runs checks on a page; tells what is wrong, line by line. */
async function runAll(browser, path, names) {
  let [opened, last] = [null, null];
  for (const name of names) {
    const { context = {}, default: check } = await import(`./checks/${name}.js`);
    // A tab takes longer to make than a page to read: checks that want the same one share it.
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

/** Has a page read and runs a check on it; returns what is wrong. */
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
