/** The official client in a page, with the HTTP API, over http and https. */

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { bySize } from "../support/size.ts";
import { launch, needsBrowser, newVisitor, PHONE, screenshot } from "./support/browser.ts";
import { type Example, startExample } from "./support/example.ts";
import { button, idsOf, PASSWORD, showsAlert, showsText } from "./support/pages.ts";

const OTHER_PASSWORD = "another battery staple";

const part = (page: Page, name: string) => page.getByRole("region", { name });
const showsAccount = (page: Page, who: string) => page.locator("#who").getByText(who, { exact: true }).waitFor();
const ready = (page: Page) => page.locator("html[data-ready]").waitFor();

/** Fills in fields by their labels, and sends the form. */
async function send(form: Locator, name: string, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await form.getByLabel(label, { exact: true }).fill(value);
  await button(form, name).click();
}

function convert(page: Page, email: string, password = PASSWORD, again = password): Promise<void> {
  const fields = { Email: email, Password: password, "Password again": again };
  return send(part(page, "Keep this account"), "Keep this account", fields);
}

const signIn = (page: Page, email: string, password = PASSWORD): Promise<void> =>
  send(part(page, "Sign in"), "Sign in", { Email: email, Password: password });

/** Opens the newest mail in the example's mailbox; returns the page of its link. */
async function openMail(context: BrowserContext, subject: string): Promise<Page> {
  const page = await context.newPage();
  // mail is sent shortly after the response
  const link = page.getByRole("link", { name: subject }).first();
  do await page.goto("/mailbox");
  while (!(await link.isVisible()));
  await link.click();
  await ready(page);
  return page;
}

for (const https of bySize({ full: [false, true], short: [true] })) {
  const scheme = https ? "https" : "http";
  describe(`pocketbase-client over ${scheme}`, needsBrowser(), () => {
    let example: Example;
    let browser: Browser;
    before(async () => {
      [example, browser] = await Promise.all([startExample("pocketbase-client", { https }), launch()]);
    });
    after(async () => {
      await browser?.close();
      await example?.stop();
    });

    async function open(options = {}): Promise<Page> {
      const page = await (await newVisitor(browser, example.url, options)).newPage();
      await page.goto("/");
      await ready(page);
      return page;
    }

    async function guest(options = {}): Promise<Page> {
      const page = await open(options);
      await button(page, "Start as a guest").click();
      await showsAccount(page, "Guest");
      return page;
    }

    it("creates no account for a visitor who only looks at pages", async () => {
      const page = await open();
      await page.reload();
      for (const path of ["/mailbox", "/app.js", "/nothing"]) await page.goto(path);
      assert.deepEqual(await idsOf(example), []);
      await page.goBack();
      await screenshot(page, `pocketbase-${scheme}-1-visitor`);
    });

    it("converts a guest, and signs in on a second device", async () => {
      const page = await open();
      await button(page, "Start as a guest").dblclick();
      await showsAccount(page, "Guest");
      const ids = await idsOf(example);
      assert.equal(ids.length, 1, "a double click creates one guest");
      assert.deepEqual(await page.context().cookies(), [], "the token is in the client's store");
      await part(page, "Your record").getByText(ids[0]!, { exact: true }).waitFor();

      await part(page, "Your record").getByLabel("Plum").check();
      await send(part(page, "Your record"), "Save", { Nickname: "<i>Ada</i>" });
      await showsText(page, "Saved.");
      await screenshot(page, `pocketbase-${scheme}-2-guest`);
      await page.reload();
      await ready(page);
      assert.equal(await page.getByLabel("Nickname").inputValue(), "<i>Ada</i>");
      assert.ok(await page.getByLabel("Plum").isChecked());

      await convert(page, "ada@example.com");
      await showsText(page, "Kept:");
      await showsAccount(page, "Registered");
      assert.deepEqual(await idsOf(example), ids);

      const elsewhere = await open({ ...PHONE, colorScheme: "dark" });
      await signIn(elsewhere, "ada@example.com", "wrong horse battery");
      await showsAlert(elsewhere, /400 · Failed to authenticate/);
      await signIn(elsewhere, "ADA@example.com");
      await showsAccount(elsewhere, "Registered");
      assert.equal(await elsewhere.getByLabel("Nickname").inputValue(), "<i>Ada</i>");
      await screenshot(elsewhere, `pocketbase-${scheme}-3-phone`);
      await button(elsewhere, "Sign out").click();
      await showsAccount(elsewhere, "Not signed in");
      await elsewhere.reload();
      await showsAccount(elsewhere, "Not signed in");
      await page.reload();
      await showsAccount(page, "Registered");
    });

    it("verifies an email and resets a password through the mailbox", async () => {
      const page = await guest();
      await convert(page, "mail@example.com");
      await button(page, "Send me the mail").click();
      await showsText(page, "It is in the mailbox");
      const mail = await openMail(page.context(), "Verify your email");
      assert.match(example.output(), /Mail to mail@example\.com/);
      await showsText(mail, "Your email is verified.");
      assert.equal(new URL(mail.url()).hash, "", "the token is removed from the URL");
      await page.reload();
      await ready(page);
      await part(page, "Verify your email").waitFor({ state: "hidden" });

      const other = await open();
      const forgotten = part(other, "Forgot the password?");
      for (const address of ["unknown@example.com", "mail@example.com"]) {
        await send(forgotten, "Mail me a link", { Email: address });
        await showsText(other, "If this account exists");
      }
      const reset = await openMail(other.context(), "Set a new password");
      const fields = (password: string) => ({ "New password": password, "New password again": password });
      await send(part(reset, "Set a new password"), "Set the password", fields("short"));
      await showsAlert(reset, /password: Use 8 characters/);
      await screenshot(reset, `pocketbase-${scheme}-4-reset`);
      await send(part(reset, "Set a new password"), "Set the password", fields(OTHER_PASSWORD));
      await showsText(reset, "The password is set.");
      await signIn(reset, "mail@example.com");
      await showsAlert(reset, /400/);
      await signIn(reset, "mail@example.com", OTHER_PASSWORD);
      await showsAccount(reset, "Registered");
      await page.reload();
      await showsAlert(page, /401/);
      await showsAccount(page, "Not signed in");
      await screenshot(page, `pocketbase-${scheme}-5-ended`);
    });
  });
}

describe("pocketbase-client", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    [example, browser] = await Promise.all([startExample("pocketbase-client"), launch()]);
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
  });

  async function guest(options = {}): Promise<Page> {
    const page = await (await newVisitor(browser, example.url, options)).newPage();
    await page.goto("/");
    await ready(page);
    await button(page, "Start as a guest").click();
    await showsAccount(page, "Guest");
    return page;
  }

  it("shows errors of the API, and marks the wrong fields", async () => {
    const [owner, page] = [await guest(), await guest()];
    await convert(owner, "taken@example.com");
    await showsAccount(owner, "Registered");
    const refusals: [Parameters<typeof convert>, RegExp, string][] = [
      [[page, "nonsense"], /400 · .* email: /, "Email"],
      [[page, "taken@example.com"], /email: Value must be unique/, "Email"],
      [[page, "ada@example.com", "short"], /password: Use 8/, "Password"],
      [[page, "ada@example.com", PASSWORD, "else"], /passwordConfirm: /, "Password again"],
    ];
    for (const [call, message, label] of refusals) {
      await convert(...call);
      await showsAlert(page, message);
      const field = part(page, "Keep this account").getByLabel(label, { exact: true });
      assert.equal(await field.getAttribute("aria-invalid"), "true");
    }
    await page.getByText("Response", { exact: true }).click();
    await screenshot(page, "pocketbase-refused");
    await send(part(page, "Your record"), "Save", { Nickname: "x".repeat(31) });
    await showsAlert(page, /nickname: Use 30 characters at most/);
  });

  it("updates other tabs at once after converting and deleting", async () => {
    const page = await guest();
    const second = await page.context().newPage();
    await second.goto("/");
    await showsAccount(second, "Guest");
    await convert(page, "tabs@example.com");
    await showsAccount(second, "Registered");
    await second.getByText("Delete this account").click();
    await button(second, "Delete it").click();
    await showsAccount(second, "Not signed in");
    await showsAccount(page, "Not signed in");
  });

  it("starts again when its storage is cleared or its account no longer exists", async () => {
    const page = await guest(PHONE);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await showsAccount(page, "Not signed in");
    await button(page, "Start as a guest").click();
    await showsAccount(page, "Guest");
    await example.restart();
    await page.reload();
    await ready(page); // refreshing the session writes nothing more
    await showsAccount(page, "Guest");
    rmSync(join(example.directory, ".anon", "data"), { recursive: true });
    await page.reload();
    await showsAlert(page, /401/);
    await showsAccount(page, "Not signed in");
    await button(page, "Start as a guest").click();
    await showsAccount(page, "Guest");
  });

  it("reports too many sign-ups of an address, and missing JavaScript", async () => {
    const page = await (await newVisitor(browser, example.url, { javaScriptEnabled: false })).newPage();
    await page.goto("/");
    await page.locator("noscript p").waitFor();
    const api = "/api/collections/users/auth-anonymously";
    const crowd = await newVisitor(browser, example.url);
    let status = 200;
    for (let tries = 0; status === 200 && tries < 100; tries++) status = (await crowd.request.post(api)).status();
    assert.equal(status, 429);
    const late = await crowd.newPage();
    await late.goto("/");
    await ready(late);
    await button(late, "Start as a guest").click();
    await showsAlert(late, /429 · Too Many Requests/);
  });
});
