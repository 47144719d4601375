/** Failures on the way to the provider and back: the guest stays a guest and keeps the list. */
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
  startList,
} from "./support/books.ts";
import { launch, needsBrowser, newVisitor, screenshot } from "./support/browser.ts";
import { accountsOf, type Example } from "./support/example.ts";
import { button, idsOf, post, showsAlert, showsText } from "./support/pages.ts";

describe("sign-in-with-oidc, failures", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    [example, browser] = await Promise.all([startList(), launch()]);
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
  });

  /** A guest with a book on the list. */
  async function guest(book: string): Promise<Page> {
    const page = await openPage(browser, example);
    await add(page, book);
    return page;
  }

  async function isStillGuest(page: Page, id: string, book: string): Promise<void> {
    await page.goto("/");
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.subjects], [id, true, 0]);
    assert.deepEqual(await booksOn(page), [book]);
  }

  /** Signs in at the provider as Grace; returns the return URL without opening it. */
  async function getReturnUrl(page: Page): Promise<string> {
    await goToProvider(page);
    const person = await page.getByRole("button", { name: /^Grace/ }).getAttribute("value");
    const { request } = page.context();
    let response = await request.post(page.url(), { form: { person: person ?? "" }, maxRedirects: 0 });
    for (let steps = 0; steps < 5; steps++) {
      const next = new URL(response.headers().location ?? "", response.url()).href;
      if (next.startsWith(`${example.url}/callback?`)) return next;
      response = await request.get(next, { maxRedirects: 0 });
    }
    throw new Error(`The provider leads to ${response.url()}`);
  }

  it("keeps a guest who cancels at the provider, and lets them try again", async () => {
    const page = await guest("Dracula");
    const { id } = await accountOf(page, example);
    await goToProvider(page);
    await button(page, "Cancel").click();
    await showsAlert(page, /You cancelled/);
    await screenshot(page, "oidc-cancelled");
    await isStillGuest(page, id, "Dracula");
    await goToProvider(page);
    await page.goBack();
    await isStillGuest(page, id, "Dracula");
  });

  it("accepts a return URL once, and only in the browser that started the sign-in", async () => {
    const page = await guest("Emma");
    const { id } = await accountOf(page, example);
    const address = await getReturnUrl(page);

    const other = await guest("Persuasion");
    const stranger = await accountOf(other, example);
    await other.goto(address);
    await showsAlert(other, /not started in this browser/);
    await isStillGuest(other, stranger.id, "Persuasion");

    // also if that browser has a pending sign-in of its own, which continues
    await goToProvider(other);
    const tab = await other.context().newPage();
    await tab.goto(address);
    await showsAlert(tab, /not started in this browser/);
    await button(other, "Cancel").click();
    await showsAlert(other, /You cancelled/);

    await page.goto(address);
    await showsText(page, "Kept.");
    assert.equal((await accountOf(page, example)).id, id);
    await page.goto(address);
    await showsAlert(page, /is already over/);
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.subjects], [id, false, 1]);
    await accountsOf(example).admin.delete(id);
  });

  it("refuses a changed return URL", async () => {
    const page = await guest("Emma");
    const { id } = await accountOf(page, example);
    for (const [name, value] of [
      ["code", "made-up"],
      ["iss", "https://evil.example"],
    ] as const) {
      const address = new URL(await getReturnUrl(page));
      address.searchParams.set(name, value);
      await page.goto(address.href);
      await showsAlert(page, /could not find out who you are/);
      await isStillGuest(page, id, "Emma");
    }
    for (const path of ["/callback", "/callback?code=x&state=y", "/callback?error=access_denied", "/bring"]) {
      await page.goto(path);
      await showsAlert(page, /Nothing has changed/);
      await isStillGuest(page, id, "Emma");
    }
  });

  it("signs in a visitor whose guest was deleted in the meantime, and says that the list no longer exists", async () => {
    const page = await guest("Dracula");
    const { id } = await accountOf(page, example);
    await goToProvider(page);
    await accountsOf(example).admin.delete(id);
    await choosePerson(page, "Grace");
    await showsText(page, "no longer exists");
    const account = await accountOf(page, example);
    assert.deepEqual([account.anonymous, account.email], [false, "grace@example.com"]);
    await accountsOf(example).admin.delete(account.id);
  });

  it("lets a guest stay a guest, or sign in without the list", async () => {
    const owner = await guest("Middlemarch");
    await continueAs(owner, "Grace");
    await showsText(owner, "Kept.");
    const page = await guest("Dracula");
    const { id } = await accountOf(page, example);
    await continueAs(page, "Grace");
    await page.getByRole("link", { name: "Stay a guest" }).click();
    await isStillGuest(page, id, "Dracula");
    await page.goto("/bring");
    await button(page, "Sign in without this list").click();
    await showsText(page, "Welcome back.");
    assert.deepEqual(await booksOn(page), ["Middlemarch"]);
    assert.equal((await accountsOf(example).admin.get(id))?.anonymous, true);
  });

  it("refuses forms of other sites, and redirects to no URL from the request", async () => {
    const context = await newVisitor(browser, example.url);
    const before = await idsOf(example);
    for (const path of ["/continue", "/link", "/unlink", "/bring", "/books", "/sign-out"]) {
      const reply = await post(context, example, path, { title: "x", key: "k".repeat(20) }, "https://evil.example");
      assert.equal(reply.status(), 403, path);
    }
    const reply = await post(context, example, "/continue?redirect_uri=https://evil.example", { to: "//evil.example" });
    assert.doesNotMatch(reply.headers().location ?? "", /evil/);
    const back = await post(context, example, "/bring", { way: "along", to: "//evil.example" });
    assert.equal(back.headers().location, "/?error=expired");
    assert.deepEqual(await idsOf(example), before);
    assert.doesNotMatch(example.output(), /[?&]code=|eyJ/);
  });
});
