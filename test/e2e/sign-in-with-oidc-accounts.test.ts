/** Accounts that are there already: proved by a password, linked and unlinked, and what proves nothing. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accountOf, add, be, continueAs, goToProvider, listed, opened, register, startList } from "./support/books.ts";
import { launch, needsBrowser, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import { button, enter, idsOf, PASSWORD, refuses, says } from "./support/pages.ts";

const LINK = "Link another one of Loopback ID";

describe("sign-in-with-oidc, with an account that is there", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  /** Each with accounts of its own, since the provider's people are few. */
  async function open(): Promise<Page> {
    await example?.stop();
    example = await startList();
    return opened(browser, example);
  }

  async function send(page: Page, password: string): Promise<void> {
    await page.getByLabel("Password").fill(password);
    await button(page, "Sign in").click();
  }

  it("asks for the password of the account that has the email, merges, and links", async () => {
    const owner = await open();
    await add(owner, "Middlemarch");
    await register(owner, "ada@example.com");
    const { id } = await accountOf(owner, example);

    const guest = await opened(browser, example);
    await add(guest, "Dracula");
    await continueAs(guest, "Ada");
    await says(guest, "There is an account with ada@example.com");
    await send(guest, "not the password of it");
    await refuses(guest, /do not belong together/);
    assert.equal((await accountOf(guest, example)).anonymous, true);
    await screenshot(guest, "oidc-email-taken");
    await send(guest, PASSWORD);
    await says(guest, "came along");
    assert.deepEqual(await listed(guest), ["Dracula", "Middlemarch"]);
    const { subjects, ...account } = await accountOf(guest, example);
    assert.deepEqual([account.id, subjects], [id, 1]);
    assert.deepEqual(await idsOf(example), [id]);

    const third = await opened(browser, example);
    await third.goto("/sign-in");
    await continueAs(third, "Ada");
    await says(third, "Welcome back.");
    assert.equal((await accountOf(third, example)).id, id);
    await third.goto("/bring");
    await refuses(third, /took too long/);
  });

  it("gives an account that holds the email unverified to its owner, who does not know the password", async () => {
    const squatter = await open();
    await add(squatter, "Middlemarch");
    await register(squatter, "ada@example.com");
    const { id } = await accountOf(squatter, example);
    const guest = await opened(browser, example);
    await add(guest, "Dracula");
    await continueAs(guest, "Ada");
    await button(guest, "I do not know its password").click();
    await says(guest, "came along");
    assert.deepEqual(await listed(guest), ["Dracula", "Middlemarch"]);
    const account = await accountOf(guest, example);
    assert.deepEqual([account.id, account.verified, account.subjects], [id, true, 1]);
    await squatter.goto("/sign-in");
    await enter(squatter, "Sign in", "ada@example.com");
    await refuses(squatter, /do not belong together/);
  });

  it("makes another account when that with the email is not theirs", async () => {
    const owner = await open();
    await add(owner, "Middlemarch");
    await register(owner, "ada@example.com");
    const page = await opened(browser, example);
    await page.goto("/sign-in");
    await continueAs(page, "Ada");
    await says(page, "There is an account with ada@example.com");
    assert.equal((await idsOf(example)).length, 1, "nobody is made before they have chosen");
    await button(page, "It is not mine").click();
    await says(page, "You have an account now.");
    const account = await accountOf(page, example);
    assert.deepEqual([account.anonymous, account.verified, account.subjects], [false, false, 1]);
    assert.deepEqual(await listed(page), []);
  });

  it("takes an unverified email for no proof of anything", async () => {
    const owner = await open();
    await add(owner, "Middlemarch");
    await register(owner, "ada@example.com");
    const page = await opened(browser, example);
    await add(page, "Dracula");
    const { id } = await accountOf(page, example);
    await continueAs(page, "Mallory");
    await says(page, "Kept.");
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.verified], [id, false, false]);
    assert.notEqual(account.email, "ada@example.com");
    assert.deepEqual(await listed(page), ["Dracula"]);
  });

  for (const person of ["Ada", "Mallory"] as const) {
    it(`links and unlinks, but never the last way in, for ${person}`, async () => {
      const page = await open();
      await add(page, "Dracula");
      await continueAs(page, person);
      await says(page, "Kept.");
      const { id } = await accountOf(page, example);
      const remove = page.getByRole("button", { name: /^Remove/ });
      await remove.click();
      await refuses(page, /only way into your account/);
      await screenshot(page, `oidc-last-way-in-${person}`);

      await goToProvider(page, LINK);
      await be(page, "Grace");
      await says(page, "Linked.");
      assert.equal((await accountOf(page, example)).subjects, 2);
      const elsewhere = await opened(browser, example);
      await elsewhere.goto("/sign-in");
      await continueAs(elsewhere, "Grace");
      await says(elsewhere, "Welcome back.");
      assert.equal((await accountOf(elsewhere, example)).id, id);

      await remove.first().click();
      await says(page, "Nobody comes in that way any more.");
      const left = await accountOf(page, example);
      assert.deepEqual([left.id, left.subjects], [id, 1]);
      await remove.click();
      await refuses(page, /only way into your account/);
      await elsewhere.goto("/");
      assert.deepEqual(await listed(elsewhere), [], "whoever was signed in elsewhere is out");
      // the email, where it is verified, stays the account's
      const ends = person === "Ada" ? "There is an account with ada@example.com" : "You have an account now.";
      await elsewhere.goto("/sign-in");
      await continueAs(elsewhere, person);
      await says(elsewhere, ends);
    });
  }

  it("removes the only identity of an account with a password, and links none of another account", async () => {
    const page = await open();
    await add(page, "Dracula");
    await register(page, "owner@example.com");
    const other = await opened(browser, example);
    await other.goto("/sign-in");
    await continueAs(other, "Ada");
    await goToProvider(page, LINK);
    await be(page, "Ada");
    await refuses(page, /Another account/);
    await goToProvider(page, LINK);
    await be(page, "Grace");
    await says(page, "Linked.");
    await page.getByRole("button", { name: /^Remove/ }).click();
    await says(page, "Nobody comes in that way any more.");
    assert.equal((await accountOf(page, example)).subjects, 0);
    await button(page, "Sign out").click();
    await page.goto("/sign-in");
    await enter(page, "Sign in", "owner@example.com");
    await says(page, "Welcome back.");
  });
});
