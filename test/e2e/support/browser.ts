/** A real browser: Chromium, headless. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromiumOnPath } from "../../../scripts/browser/find-chromium.mjs";
import { needs, type TestOptions } from "../../support/needs.ts";

const executablePath = process.env.ANON_TEST_CHROMIUM ?? chromiumOnPath();
const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));

const ARGS = [
  "--no-sandbox", // cannot be had by root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // names to visit that are not of this machine; all that is asked for stays on it
  "--host-resolver-rules=MAP *.example 127.0.0.1",
];

/** A phone. */
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** Options of a `describe` whose tests use a browser; where one is required, they find out by failing. */
export function needsBrowser(): TestOptions {
  return needs(executablePath !== null || process.env.ANON_REQUIRE_BROWSER === "1", "no chromium on the PATH");
}

const launched: Promise<Browser>[] = [];

export async function launch(): Promise<Browser> {
  if (executablePath === null) throw new Error("There is no Chromium: install one, or set CHROMIUM_PATH");
  const browser = chromium.launch({ executablePath, args: ARGS });
  launched.push(browser);
  return browser;
}

// One that a `before` had no time to hand over would keep the file from ending.
after(async () => {
  for (const browser of await Promise.allSettled(launched)) {
    if (browser.status === "fulfilled") await browser.value.close();
  }
});

/** A visitor with cookies of their own; certificates need nobody's signature. */
export async function visitor(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL, ignoreHTTPSErrors: true, locale: "en-GB", ...options });
  // what waits for longer than this is stuck
  context.setDefaultTimeout(60_000);
  return context;
}

/** Saves what a page looks like, from top to bottom, in `test/e2e/screenshots/`, which is not committed. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
