/** The reading list: from a guest to an account with an identity, and signing in on another device. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import {
  accountOf,
  add,
  booksOn,
  choosePerson,
  continueAs,
  goToProvider,
  openPage,
  startList,
} from "./support/books.ts";
import { launch, needsBrowser, PHONE, screenshot } from "./support/browser.ts";
import type { Example, ExampleOptions } from "./support/example.ts";
import { button, holdsCookie, idsOf, showsText } from "./support/pages.ts";

const ways: ExampleOptions[] = [
  { runtime: "node" },
  { runtime: "node", https: true },
  { runtime: "bun" },
  { runtime: "deno" },
];

for (const { runtime, https = false } of ways) {
  const way = `${runtime}-${https ? "https" : "http"}`;
  describe(`sign-in-with-oidc (${way})`, needsBrowser(), () => {
    let example: Example;
    let browser: Browser;
    before(async () => {
      [example, browser] = await Promise.all([startList({ runtime, https }), launch()]);
    });
    after(async () => {
      await browser?.close();
      await example?.stop();
    });

    const open = (options: BrowserContextOptions = {}): Promise<Page> => openPage(browser, example, options);

    it("creates no account for a visitor who only looks at pages, or does not return from the provider", async () => {
      const page = await open();
      for (const path of ["/sign-in", "/register", "/bring", "/callback", "/nothing"]) await page.goto(path);
      await page.goto("/sign-in");
      await goToProvider(page);
      assert.deepEqual(await idsOf(example), []);
      await page.context().close();
    });

    it("keeps a guest's list under the same id, and adds another guest's list to it", async () => {
      const page = await open({ javaScriptEnabled: false });
      await add(page, "Middlemarch", "<b>Emma</b> & co");
      const guest = await accountOf(page, example);
      assert.equal(guest.anonymous, true);
      await screenshot(page, `oidc-${way}-1-guest`);
      await goToProvider(page);
      await screenshot(page, `oidc-${way}-2-provider`);
      await choosePerson(page, "Ada");
      await showsText(page, "Kept.");
      await holdsCookie(page.context(), https, example.url);
      const account = { id: guest.id, anonymous: false, email: "ada@example.com", verified: true, subjects: 1 };
      assert.deepEqual(await accountOf(page, example), account);
      assert.deepEqual(await booksOn(page), ["<b>Emma</b> & co", "Middlemarch"]);
      assert.deepEqual(await idsOf(example), [guest.id]);
      await screenshot(page, `oidc-${way}-3-kept`);

      const phone = await open({ ...PHONE, colorScheme: "dark" });
      await add(phone, "Dracula");
      await continueAs(phone, "Ada");
      await showsText(phone, "You already have an account");
      assert.equal((await accountOf(phone, example)).anonymous, true, "the guest is asked before the merge");
      await screenshot(phone, `oidc-${way}-4-asked`);
      await button(phone, "Add this list").click();
      await showsText(phone, "are now in your account");
      await page.goto("/");
      for (const one of [page, phone]) {
        assert.deepEqual(await booksOn(one), ["<b>Emma</b> & co", "Dracula", "Middlemarch"]);
        assert.deepEqual(await accountOf(one, example), account);
      }
      assert.deepEqual(await idsOf(example), [guest.id]);
      for (const one of [page, phone]) await one.context().close();
    });

    it("creates an account for a new visitor, signs out, and signs in again", async () => {
      const page = await open();
      await page.goto("/sign-in");
      await continueAs(page, "Grace");
      await showsText(page, "You have an account now.");
      await add(page, "Persuasion");
      const { id } = await accountOf(page, example);
      await button(page, "Sign out").click();
      await showsText(page, "You are signed out");
      assert.deepEqual(await booksOn(page), []);
      await page.goto("/sign-in");
      await continueAs(page, "Grace");
      await showsText(page, "Welcome back.");
      assert.equal((await accountOf(page, example)).id, id);
      assert.deepEqual(await booksOn(page), ["Persuasion"]);
      await page.context().close();
    });
  });
}
