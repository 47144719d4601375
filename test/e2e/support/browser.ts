/** Headless Chromium. */
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
  "--no-sandbox", // the sandbox does not work as root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // other host names for this machine
  "--host-resolver-rules=MAP *.example 127.0.0.1",
];

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** Options of a `describe` that uses a browser. Without one it is skipped, or fails if a browser is required. */
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

// closes browsers of a `before` that timed out too, which would keep the process alive
after(async () => {
  for (const browser of await Promise.allSettled(launched)) {
    if (browser.status === "fulfilled") await browser.value.close();
  }
});

/** A browser context with its own cookies, which accepts self-signed certificates. */
export async function newVisitor(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL, ignoreHTTPSErrors: true, locale: "en-GB", ...options });
  context.setDefaultTimeout(60_000);
  return context;
}

/** Saves a screenshot of the full page in `test/e2e/screenshots/`, which is not committed. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
