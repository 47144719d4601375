/** Existing accounts: proofs by password, linking and unlinking, and unverified emails. */
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
import { launch, needsBrowser, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import { button, enter, idsOf, PASSWORD, showsAlert, showsText } from "./support/pages.ts";

const LINK = "Link another Loopback ID";

describe("sign-in-with-oidc, with an existing account", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  /** Restarts the example for each test, because the provider has few people. */
  async function open(): Promise<Page> {
    await example?.stop();
    example = await startList();
    return openPage(browser, example);
  }

  async function send(page: Page, password: string): Promise<void> {
    await page.getByLabel("Password").fill(password);
    await button(page, "Sign in").click();
  }

  it("asks for the password of the account with the email, then merges and links", async () => {
    const owner = await open();
    await add(owner, "Middlemarch");
    await register(owner, "ada@example.com");
    const { id } = await accountOf(owner, example);

    const guest = await openPage(browser, example);
    await add(guest, "Dracula");
    await continueAs(guest, "Ada");
    await showsText(guest, "There is an account with ada@example.com");
    await send(guest, "not the password of it");
    await showsAlert(guest, /Wrong email or password/);
    assert.equal((await accountOf(guest, example)).anonymous, true);
    await screenshot(guest, "oidc-email-taken");
    await send(guest, PASSWORD);
    await showsText(guest, "are now in your account");
    assert.deepEqual(await booksOn(guest), ["Dracula", "Middlemarch"]);
    const { subjects, ...account } = await accountOf(guest, example);
    assert.deepEqual([account.id, subjects], [id, 1]);
    assert.deepEqual(await idsOf(example), [id]);

    const third = await openPage(browser, example);
    await third.goto("/sign-in");
    await continueAs(third, "Ada");
    await showsText(third, "Welcome back.");
    assert.equal((await accountOf(third, example)).id, id);
    await third.goto("/bring");
    await showsAlert(third, /took too long/);
  });

  it("signs the owner of an email in to an account with that email unverified, without its password", async () => {
    const squatter = await open();
    await add(squatter, "Middlemarch");
    await register(squatter, "ada@example.com");
    const { id } = await accountOf(squatter, example);
    const guest = await openPage(browser, example);
    await add(guest, "Dracula");
    await continueAs(guest, "Ada");
    await button(guest, "I do not know its password").click();
    await showsText(guest, "are now in your account");
    assert.deepEqual(await booksOn(guest), ["Dracula", "Middlemarch"]);
    const account = await accountOf(guest, example);
    assert.deepEqual([account.id, account.verified, account.subjects], [id, true, 1]);
    await squatter.goto("/sign-in");
    await enter(squatter, "Sign in", "ada@example.com");
    await showsAlert(squatter, /Wrong email or password/);
  });

  it("creates another account if the one with the email is not theirs", async () => {
    const owner = await open();
    await add(owner, "Middlemarch");
    await register(owner, "ada@example.com");
    const page = await openPage(browser, example);
    await page.goto("/sign-in");
    await continueAs(page, "Ada");
    await showsText(page, "There is an account with ada@example.com");
    assert.equal((await idsOf(example)).length, 1, "no account is created before the choice");
    await button(page, "It is not mine").click();
    await showsText(page, "You have an account now.");
    const account = await accountOf(page, example);
    assert.deepEqual([account.anonymous, account.verified, account.subjects], [false, false, 1]);
    assert.deepEqual(await booksOn(page), []);
  });

  it("accepts an unverified email as proof of nothing", async () => {
    const owner = await open();
    await add(owner, "Middlemarch");
    await register(owner, "ada@example.com");
    const page = await openPage(browser, example);
    await add(page, "Dracula");
    const { id } = await accountOf(page, example);
    await continueAs(page, "Mallory");
    await showsText(page, "Kept.");
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.verified], [id, false, false]);
    assert.notEqual(account.email, "ada@example.com");
    assert.deepEqual(await booksOn(page), ["Dracula"]);
  });

  for (const person of ["Ada", "Mallory"] as const) {
    it(`links and unlinks identities, except the last way to sign in, for ${person}`, async () => {
      const page = await open();
      await add(page, "Dracula");
      await continueAs(page, person);
      await showsText(page, "Kept.");
      const { id } = await accountOf(page, example);
      const remove = page.getByRole("button", { name: /^Remove/ });
      await remove.click();
      await showsAlert(page, /only way into your account/);
      await screenshot(page, `oidc-last-way-in-${person}`);

      await goToProvider(page, LINK);
      await choosePerson(page, "Grace");
      await showsText(page, "Linked.");
      assert.equal((await accountOf(page, example)).subjects, 2);
      const elsewhere = await openPage(browser, example);
      await elsewhere.goto("/sign-in");
      await continueAs(elsewhere, "Grace");
      await showsText(elsewhere, "Welcome back.");
      assert.equal((await accountOf(elsewhere, example)).id, id);

      await remove.first().click();
      await showsText(page, "You can no longer sign in this way.");
      const left = await accountOf(page, example);
      assert.deepEqual([left.id, left.subjects], [id, 1]);
      await remove.click();
      await showsAlert(page, /only way into your account/);
      await elsewhere.goto("/");
      assert.deepEqual(await booksOn(elsewhere), [], "sessions on other devices have ended");
      // a verified email stays with the account
      const ends = person === "Ada" ? "There is an account with ada@example.com" : "You have an account now.";
      await elsewhere.goto("/sign-in");
      await continueAs(elsewhere, person);
      await showsText(elsewhere, ends);
    });
  }

  it("unlinks the only identity of an account with a password, and links no identity of another account", async () => {
    const page = await open();
    await add(page, "Dracula");
    await register(page, "owner@example.com");
    const other = await openPage(browser, example);
    await other.goto("/sign-in");
    await continueAs(other, "Ada");
    await goToProvider(page, LINK);
    await choosePerson(page, "Ada");
    await showsAlert(page, /Another account/);
    await goToProvider(page, LINK);
    await choosePerson(page, "Grace");
    await showsText(page, "Linked.");
    await page.getByRole("button", { name: /^Remove/ }).click();
    await showsText(page, "You can no longer sign in this way.");
    assert.equal((await accountOf(page, example)).subjects, 0);
    await button(page, "Sign out").click();
    await page.goto("/sign-in");
    await enter(page, "Sign in", "owner@example.com");
    await showsText(page, "Welcome back.");
  });
});
