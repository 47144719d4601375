/** The Worker in workerd, with a browser, over http and https, in D1 and in memory. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { bySize } from "../support/size.ts";
import { launch, needsBrowser, newVisitor, PHONE, screenshot } from "./support/browser.ts";
import { type Example, startExample } from "./support/example.ts";
import { button, enter, holdsCookie, PASSWORD, post, showsAlert } from "./support/pages.ts";

const form = (page: Page, name: string) => page.getByRole("form", { name });
const account = (page: Page) => page.getByRole("navigation", { name: "Account" });

async function showsCount(page: Page, count: number): Promise<void> {
  await page.locator("output").getByText(`${count}`, { exact: true }).waitFor();
}

async function countOne(page: Page, next: number): Promise<void> {
  await button(page, "Count one").click();
  await showsCount(page, next);
}

type Storage = "D1" | "memory";

function start(storage: Storage, https: boolean): Promise<Example> {
  return startExample("workers", { https, env: () => ({ ANON_STORAGE: storage === "memory" ? "memory:" : "" }) });
}

const SETUPS: readonly [Storage, scheme: "http" | "https"][] = [
  ["D1", "https"],
  ["memory", "http"],
  ["D1", "http"],
  ["memory", "https"],
];

for (const [storage, scheme] of bySize({ full: SETUPS, short: SETUPS.slice(0, 2) })) {
  const https = scheme === "https";
  describe(`workers in ${storage} over ${scheme}`, needsBrowser(), () => {
    let example: Example;
    let browser: Browser;
    before(async () => {
      [example, browser] = await Promise.all([start(storage, https), launch()]);
    });
    after(async () => {
      await browser?.close();
      await example?.stop();
    });

    async function open(options = {}): Promise<Page> {
      const page = await (await newVisitor(browser, example.url, options)).newPage();
      await page.goto("/");
      return page;
    }

    it("creates no account for a visitor who only looks at pages", async () => {
      const page = await open();
      for (const path of ["/style.css", "/count", "/convert", "/"]) await page.goto(path);
      await account(page).getByText("Not signed in").waitFor();
      assert.deepEqual(await page.context().cookies(), []);
      await screenshot(page, `workers-${storage}-${scheme}-1-visitor`);
    });

    // works without scripts too
    for (const javaScriptEnabled of https ? [true] : [true, false]) {
      it(`leads from a first count to an account on two devices, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
        const email = `ada.${javaScriptEnabled}@example.com`;
        const page = await open({ javaScriptEnabled });
        await countOne(page, 1);
        await holdsCookie(page.context(), https);
        await countOne(page, 2);
        await page.reload();
        await page.goBack();
        await page.goForward();
        await page.reload();
        await showsCount(page, 2);
        await account(page).getByText("Guest").waitFor();

        const keep = form(page, "Keep this count");
        await enter(keep, "Keep this count", "nonsense");
        await showsAlert(page, /does not look like an email/);
        await enter(keep, "Keep this count", email, "short");
        await showsAlert(page, /8 characters/);
        assert.equal(await keep.getByLabel("Email").inputValue(), email);
        await screenshot(page, `workers-${storage}-${scheme}-2-refused`);
        await enter(keep, "Keep this count", email);
        await account(page).getByText(email).waitFor();
        await showsCount(page, 2);
        await holdsCookie(page.context(), https);
        await screenshot(page, `workers-${storage}-${scheme}-3-kept`);

        const elsewhere = await open({ ...PHONE, javaScriptEnabled, colorScheme: "dark" });
        const signIn = form(elsewhere, "Sign in");
        await enter(signIn, "Sign in", email, "wrong horse battery");
        await showsAlert(elsewhere, /Wrong email or password/);
        await enter(signIn, "Sign in", email);
        await account(elsewhere).getByText(email).waitFor();
        await countOne(elsewhere, 3);
        await screenshot(elsewhere, `workers-${storage}-${scheme}-4-phone`);
        await button(elsewhere, "Sign out").click();
        await account(elsewhere).getByText("Not signed in").waitFor();
        assert.deepEqual(await elsewhere.context().cookies(), []);
        await elsewhere.goBack();
        await showsCount(elsewhere, 0);
        await page.reload();
        await showsCount(page, 3);
      });
    }

    it("creates one guest for requests at the same time, and refuses forms of other sites", async () => {
      const page = await open();
      const key = await page.locator("[name=key]").inputValue();
      const send = (origin?: string) => post(page.context(), example, "/count", { key }, origin);
      const evil = await send("https://evil.example");
      assert.equal(evil.status(), 403);
      const sent = await Promise.all([send(), send(), send()]);
      assert.deepEqual(
        sent.map((response) => response.status()),
        [303, 303, 303],
      );
      await page.reload();
      await showsCount(page, 3);
    });

    it("recognizes in one tab what was done in another", async () => {
      const page = await open();
      await countOne(page, 1);
      const second = await page.context().newPage();
      await second.goto("/");
      await enter(form(page, "Keep this count"), "Keep this count", "tabs@example.com");
      await account(page).getByText("tabs@example.com").waitFor();
      await enter(form(second, "Keep this count"), "Keep this count", "tabs@example.com", PASSWORD);
      await account(second).getByText("tabs@example.com").waitFor();
      await countOne(second, 2);
      const other = await open();
      await countOne(other, 1);
      await enter(form(other, "Keep this count"), "Keep this count", "tabs@example.com");
      await showsAlert(other, /sign in instead/);
    });
  });
}

for (const storage of ["D1", "memory"] as const) {
  describe(`workers in ${storage}`, needsBrowser(), () => {
    let example: Example;
    let browser: Browser;
    before(async () => {
      [example, browser] = await Promise.all([start(storage, false), launch()]);
    });
    after(async () => {
      await browser?.close();
      await example?.stop();
    });

    it(`starts again without a cookie, and ${storage === "D1" ? "goes on" : "starts again"} in another isolate`, async () => {
      const page = await (await newVisitor(browser, example.url)).newPage();
      await page.goto("/");
      await countOne(page, 1);
      await page.context().clearCookies();
      await page.reload();
      await showsCount(page, 0);
      await countOne(page, 1);
      await example.restart();
      await page.reload();
      assert.equal((await page.context().cookies()).length, 1);
      await account(page)
        .getByText(storage === "D1" ? "Guest" : "Not signed in")
        .waitFor();
      await countOne(page, storage === "D1" ? 2 : 1);
    });

    it("reports too many sign-ups of an address", async () => {
      const crowd = await newVisitor(browser, example.url);
      let status = 303;
      for (let number = 0; status === 303 && number < 100; number++) {
        await crowd.clearCookies();
        status = (await post(crowd, example, "/count", { key: `${number}`.padStart(20, "k") })).status();
      }
      assert.equal(status, 429);
      const page = await (await newVisitor(browser, example.url, PHONE)).newPage();
      await page.goto("/");
      await button(page, "Count one").click();
      await showsAlert(page, /Too many/);
      await screenshot(page, `workers-${storage}-limited`);
    });
  });
}
