/** The reading list, from a guest to an account that is signed in to by a provider, and back on another device. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { accountOf, add, be, continueAs, goToProvider, listed, opened, startList } from "./support/books.ts";
import { launch, needsBrowser, PHONE, screenshot } from "./support/browser.ts";
import type { Example, ExampleOptions } from "./support/example.ts";
import { button, holdsCookie, idsOf, says } from "./support/pages.ts";

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

    const open = (options: BrowserContextOptions = {}): Promise<Page> => opened(browser, example, options);

    it("makes nobody of who only looks, and of who goes to the provider and stays there", async () => {
      const page = await open();
      for (const path of ["/sign-in", "/register", "/bring", "/callback", "/nothing"]) await page.goto(path);
      await page.goto("/sign-in");
      await goToProvider(page);
      assert.deepEqual(await idsOf(example), []);
      await page.context().close();
    });

    it("keeps a guest's list under the same id, and brings another guest's to it", async () => {
      const page = await open({ javaScriptEnabled: false });
      await add(page, "Middlemarch", "<b>Emma</b> & co");
      const guest = await accountOf(page, example);
      assert.equal(guest.anonymous, true);
      await screenshot(page, `oidc-${way}-1-guest`);
      await goToProvider(page);
      await screenshot(page, `oidc-${way}-2-provider`);
      await be(page, "Ada");
      await says(page, "Kept.");
      await holdsCookie(page.context(), https, example.url);
      const account = { id: guest.id, anonymous: false, email: "ada@example.com", verified: true, subjects: 1 };
      assert.deepEqual(await accountOf(page, example), account);
      assert.deepEqual(await listed(page), ["<b>Emma</b> & co", "Middlemarch"]);
      assert.deepEqual(await idsOf(example), [guest.id]);
      await screenshot(page, `oidc-${way}-3-kept`);

      const phone = await open({ ...PHONE, colorScheme: "dark" });
      await add(phone, "Dracula");
      await continueAs(phone, "Ada");
      await says(phone, "You have an account already");
      assert.equal((await accountOf(phone, example)).anonymous, true, "nobody is anybody else before they are asked");
      await screenshot(phone, `oidc-${way}-4-asked`);
      await button(phone, "Bring it along").click();
      await says(phone, "came along");
      await page.goto("/");
      for (const one of [page, phone]) {
        assert.deepEqual(await listed(one), ["<b>Emma</b> & co", "Dracula", "Middlemarch"]);
        assert.deepEqual(await accountOf(one, example), account);
      }
      assert.deepEqual(await idsOf(example), [guest.id]);
      for (const one of [page, phone]) await one.context().close();
    });

    it("signs out, in again, and in as somebody new", async () => {
      const page = await open();
      await page.goto("/sign-in");
      await continueAs(page, "Grace");
      await says(page, "You have an account now.");
      await add(page, "Persuasion");
      const { id } = await accountOf(page, example);
      await button(page, "Sign out").click();
      await says(page, "You are signed out");
      assert.deepEqual(await listed(page), []);
      await page.goto("/sign-in");
      await continueAs(page, "Grace");
      await says(page, "Welcome back.");
      assert.equal((await accountOf(page, example)).id, id);
      assert.deepEqual(await listed(page), ["Persuasion"]);
      await page.context().close();
    });
  });
}
