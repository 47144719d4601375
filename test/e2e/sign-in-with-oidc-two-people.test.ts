/** Two people at one browser: nothing that one of them began or proved is the other's. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accountOf, add, be, continueAs, goToProvider, listed, opened, register, startList } from "./support/books.ts";
import { launch, needsBrowser } from "./support/browser.ts";
import { accountsOf, type Example } from "./support/example.ts";
import { button, idsOf, refuses, says } from "./support/pages.ts";

const LINK = "Link another one of Loopback ID";

describe("sign-in-with-oidc, two people at one browser", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    [example, browser] = await Promise.all([startList(), launch()]);
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
  });

  async function forgetEverybody(): Promise<void> {
    for (const id of await idsOf(example)) await accountsOf(example).admin.delete(id);
  }

  async function tabOf(page: Page): Promise<Page> {
    const tab = await page.context().newPage();
    await tab.goto("/");
    return tab;
  }

  async function signOut(page: Page): Promise<void> {
    await button(page, "Sign out").click();
    await says(page, "You are signed out");
  }

  /** As if the session had ended by itself. */
  async function loseSession(page: Page): Promise<void> {
    const [cookie] = (await page.context().cookies()).filter(({ name }) => name.endsWith("anon"));
    await page.context().clearCookies({ name: cookie?.name });
  }

  it("forgets what somebody proved when they sign out, and keeps it from whoever else comes", async () => {
    for (const leave of [signOut, loseSession]) {
      const owner = await opened(browser, example);
      await add(owner, "Middlemarch");
      await continueAs(owner, "Ada");
      await says(owner, "Kept.");
      const page = await opened(browser, example);
      await add(page, "Dracula");
      await continueAs(page, "Ada");
      await says(page, "You have an account already");
      await page.getByRole("link", { name: "Stay a guest" }).click();
      await register(page, "other@example.com");
      await leave(page);
      await page.goto("/bring");
      await refuses(page, /took too long/);
      await add(page, "Emma");
      await page.goto("/bring");
      await refuses(page, /took too long/);
      assert.equal((await accountOf(page, example)).anonymous, true);
      assert.deepEqual(await listed(owner), ["Middlemarch"]);
      await forgetEverybody();
    }
  });

  it("converts the guest who began, and no other", async () => {
    const page = await opened(browser, example);
    await add(page, "Dracula");
    await goToProvider(page);
    const tab = await tabOf(page);
    await loseSession(tab);
    await tab.goto("/");
    await add(tab, "Emma");
    const { id } = await accountOf(tab, example);
    await be(page, "Grace");
    await refuses(page, /somebody else by now/);
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.subjects], [id, true, 0]);
    assert.deepEqual(await listed(page), ["Emma"]);
    await forgetEverybody();
  });

  it("links to the account that began, and to no other", async () => {
    for (const leave of [signOut, loseSession]) {
      const page = await opened(browser, example);
      await page.goto("/sign-in");
      await continueAs(page, "Grace");
      await says(page, "You have an account now.");
      const { id } = await accountOf(page, example);
      await goToProvider(page, LINK);
      const tab = await tabOf(page);
      await leave(tab);
      await be(page, "Ada");
      await refuses(page, leave === signOut ? /not begun in this browser/ : /somebody else by now/);
      assert.equal((await accountsOf(example).admin.exportAccount(id)).identities.length, 1);
      await forgetEverybody();
    }
  });

  it("says of a list that it is gone when it is, and not when it is in the account that its owner made meanwhile", async () => {
    const page = await opened(browser, example);
    await add(page, "Dracula");
    await goToProvider(page);
    const tab = await tabOf(page);
    await register(tab, "other@example.com");
    await loseSession(tab);
    await be(page, "Grace");
    await says(page, "You have an account now.");
    assert.deepEqual(await listed(page), []);

    // and linking what is linked changes nothing
    await goToProvider(page, LINK);
    await be(page, "Grace");
    await says(page, "You can sign in that way already.");
    assert.equal((await accountOf(page, example)).subjects, 1);
  });
});
