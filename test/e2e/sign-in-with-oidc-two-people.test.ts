/** Two people at one browser: neither can use what the other started or proved. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import {
  accountOf,
  add,
  booksOn,
  choosePerson,
  continueAs,
  goToProvider,
  openPage,
  register,
  startList,
} from "./support/books.ts";
import { launch, needsBrowser } from "./support/browser.ts";
import { accountsOf, type Example } from "./support/example.ts";
import { button, idsOf, showsAlert, showsText } from "./support/pages.ts";

const LINK = "Link another Loopback ID";

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

  async function deleteAllAccounts(): Promise<void> {
    for (const id of await idsOf(example)) await accountsOf(example).admin.delete(id);
  }

  async function openTab(page: Page): Promise<Page> {
    const tab = await page.context().newPage();
    await tab.goto("/");
    return tab;
  }

  async function signOut(page: Page): Promise<void> {
    await button(page, "Sign out").click();
    await showsText(page, "You are signed out");
  }

  /** Removes the session cookie, as if it had expired. */
  async function loseSession(page: Page): Promise<void> {
    const [cookie] = (await page.context().cookies()).filter(({ name }) => name.endsWith("anon"));
    await page.context().clearCookies({ name: cookie?.name });
  }

  it("discards a proved identity at sign-out, and hides it from the next person", async () => {
    for (const leave of [signOut, loseSession]) {
      const owner = await openPage(browser, example);
      await add(owner, "Middlemarch");
      await continueAs(owner, "Ada");
      await showsText(owner, "Kept.");
      const page = await openPage(browser, example);
      await add(page, "Dracula");
      await continueAs(page, "Ada");
      await showsText(page, "You already have an account");
      await page.getByRole("link", { name: "Stay a guest" }).click();
      await register(page, "other@example.com");
      await leave(page);
      await page.goto("/bring");
      await showsAlert(page, /took too long/);
      await add(page, "Emma");
      await page.goto("/bring");
      await showsAlert(page, /took too long/);
      assert.equal((await accountOf(page, example)).anonymous, true);
      assert.deepEqual(await booksOn(owner), ["Middlemarch"]);
      await deleteAllAccounts();
    }
  });

  it("converts only the guest who started the sign-in", async () => {
    const page = await openPage(browser, example);
    await add(page, "Dracula");
    await goToProvider(page);
    const tab = await openTab(page);
    await loseSession(tab);
    await tab.goto("/");
    await add(tab, "Emma");
    const { id } = await accountOf(tab, example);
    await choosePerson(page, "Grace");
    await showsAlert(page, /switched accounts/);
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.subjects], [id, true, 0]);
    assert.deepEqual(await booksOn(page), ["Emma"]);
    await deleteAllAccounts();
  });

  it("links only to the account that started it", async () => {
    for (const leave of [signOut, loseSession]) {
      const page = await openPage(browser, example);
      await page.goto("/sign-in");
      await continueAs(page, "Grace");
      await showsText(page, "You have an account now.");
      const { id } = await accountOf(page, example);
      await goToProvider(page, LINK);
      const tab = await openTab(page);
      await leave(tab);
      await choosePerson(page, "Ada");
      await showsAlert(page, leave === signOut ? /not started in this browser/ : /switched accounts/);
      assert.equal((await accountsOf(example).admin.exportAccount(id)).identities.length, 1);
      await deleteAllAccounts();
    }
  });

  it("does not report a list as lost if the guest registered in the meantime, and links an identity only once", async () => {
    const page = await openPage(browser, example);
    await add(page, "Dracula");
    await goToProvider(page);
    const tab = await openTab(page);
    await register(tab, "other@example.com");
    await loseSession(tab);
    await choosePerson(page, "Grace");
    await showsText(page, "You have an account now.");
    assert.deepEqual(await booksOn(page), []);

    // linking an identity again changes nothing
    await goToProvider(page, LINK);
    await choosePerson(page, "Grace");
    await showsText(page, "You can already sign in this way.");
    assert.equal((await accountOf(page, example)).subjects, 1);
  });
});
