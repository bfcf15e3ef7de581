// Opens pages in a tab and records problems: errors, what the page's policy blocks, and requests.

import { pathToFileURL } from "node:url";

/** High enough for the first panels of every chart. */
const VIEWPORT = { width: 1000, height: 900 };

/** A tab that opens pages, and the problems so far. */
export async function openTab(browser, { permissions, ...more }, patience) {
  const context = await browser.newContext({ viewport: VIEWPORT, reducedMotion: "reduce", ...more });
  if (permissions) await context.grantPermissions(permissions);
  context.setDefaultTimeout(patience);
  const tab = new Tab(await context.newPage());
  tab.listen();
  return tab;
}

class Tab {
  constructor(page) {
    Object.assign(this, { page, problems: [], path: null, url: null });
  }

  /** Reloads a page, as a user does who opens it. */
  async read(path) {
    Object.assign(this, { path, url: pathToFileURL(path).href });
    await this.page.emulateMedia({ media: null, colorScheme: null });
    await this.page.goto(this.url);
  }

  close() {
    return this.page.context().close();
  }

  listen() {
    const { page, problems } = this;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(`the console says: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`the script fails: ${error.stack}`));
    page.on("request", (request) => {
      const isOwn = request.url() === this.url || request.url().startsWith("data:");
      if (!isOwn) problems.push(`a request for ${request.url()}`);
    });
    page.on("dialog", (dialog) => {
      problems.push(`a dialog says: ${dialog.message()}`);
      dialog.dismiss();
    });
  }
}
