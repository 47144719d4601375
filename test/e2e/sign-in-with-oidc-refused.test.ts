/** What goes wrong on the way to the provider and back: whoever was a guest stays one, with all that is theirs. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accountOf, add, be, continueAs, goToProvider, listed, opened, startList } from "./support/books.ts";
import { launch, needsBrowser, screenshot, visitor } from "./support/browser.ts";
import { accountsOf, type Example } from "./support/example.ts";
import { button, idsOf, post, refuses, says } from "./support/pages.ts";

describe("sign-in-with-oidc, going wrong", needsBrowser(), () => {
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
    const page = await opened(browser, example);
    await add(page, book);
    return page;
  }

  async function isStillGuest(page: Page, id: string, book: string): Promise<void> {
    await page.goto("/");
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.subjects], [id, true, 0]);
    assert.deepEqual(await listed(page), [book]);
  }

  /** Goes to the provider as Grace, but does not come back: the answer is the address that would be opened then. */
  async function addressOfReturn(page: Page): Promise<string> {
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

  it("stays with the guest who cancels at the provider, and lets them try again", async () => {
    const page = await guest("Dracula");
    const { id } = await accountOf(page, example);
    await goToProvider(page);
    await button(page, "Cancel").click();
    await refuses(page, /You cancelled/);
    await screenshot(page, "oidc-cancelled");
    await isStillGuest(page, id, "Dracula");
    await goToProvider(page);
    await page.goBack();
    await isStillGuest(page, id, "Dracula");
  });

  it("takes an address of return in the browser where it was begun, once, and in no other", async () => {
    const page = await guest("Emma");
    const { id } = await accountOf(page, example);
    const address = await addressOfReturn(page);

    const other = await guest("Persuasion");
    const stranger = await accountOf(other, example);
    await other.goto(address);
    await refuses(other, /not begun in this browser/);
    await isStillGuest(other, stranger.id, "Persuasion");

    // also when that browser has begun one of its own, which goes on
    await goToProvider(other);
    const tab = await other.context().newPage();
    await tab.goto(address);
    await refuses(tab, /not begun in this browser/);
    await button(other, "Cancel").click();
    await refuses(other, /You cancelled/);

    await page.goto(address);
    await says(page, "Kept.");
    assert.equal((await accountOf(page, example)).id, id);
    await page.goto(address);
    await refuses(page, /is over already/);
    const account = await accountOf(page, example);
    assert.deepEqual([account.id, account.anonymous, account.subjects], [id, false, 1]);
    await accountsOf(example).admin.delete(id);
  });

  it("believes no address of return that was changed", async () => {
    const page = await guest("Emma");
    const { id } = await accountOf(page, example);
    for (const [name, value] of [
      ["code", "made-up"],
      ["iss", "https://evil.example"],
    ] as const) {
      const address = new URL(await addressOfReturn(page));
      address.searchParams.set(name, value);
      await page.goto(address.href);
      await refuses(page, /could not find out who you are/);
      await isStillGuest(page, id, "Emma");
    }
    for (const path of ["/callback", "/callback?code=x&state=y", "/callback?error=access_denied", "/bring"]) {
      await page.goto(path);
      await refuses(page, /Nothing has changed/);
      await isStillGuest(page, id, "Emma");
    }
  });

  it("signs in whose guest was collected meanwhile, and says what is gone", async () => {
    const page = await guest("Dracula");
    const { id } = await accountOf(page, example);
    await goToProvider(page);
    await accountsOf(example).admin.delete(id);
    await be(page, "Grace");
    await says(page, "not there any more");
    const account = await accountOf(page, example);
    assert.deepEqual([account.anonymous, account.email], [false, "grace@example.com"]);
    await accountsOf(example).admin.delete(account.id);
  });

  it("stays a guest who does not bring along anything, and leaves the guest who signs in without", async () => {
    const owner = await guest("Middlemarch");
    await continueAs(owner, "Grace");
    await says(owner, "Kept.");
    const page = await guest("Dracula");
    const { id } = await accountOf(page, example);
    await continueAs(page, "Grace");
    await page.getByRole("link", { name: "Stay a guest" }).click();
    await isStillGuest(page, id, "Dracula");
    await page.goto("/bring");
    await button(page, "Sign in without it").click();
    await says(page, "Welcome back.");
    assert.deepEqual(await listed(page), ["Middlemarch"]);
    assert.equal((await accountsOf(example).admin.get(id))?.anonymous, true);
  });

  it("answers no form of another site, and leads to no address but the provider's", async () => {
    const context = await visitor(browser, example.url);
    const before = await idsOf(example);
    for (const path of ["/continue", "/link", "/unlink", "/bring", "/books", "/sign-out"]) {
      const reply = await post(context, example, path, { title: "x", key: "k".repeat(20) }, "https://evil.example");
      assert.equal(reply.status(), 403, path);
    }
    const reply = await post(context, example, "/continue?redirect_uri=https://evil.example", { to: "//evil.example" });
    assert.doesNotMatch(reply.headers().location ?? "", /evil/);
    const back = await post(context, example, "/bring", { way: "along", to: "//evil.example" });
    assert.equal(back.headers().location, "/?wrong=over");
    assert.deepEqual(await idsOf(example), before);
    assert.doesNotMatch(example.output(), /[?&]code=|eyJ/);
  });
});
