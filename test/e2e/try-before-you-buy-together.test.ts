/** What becomes of two devices when one of them keeps the work, has notes of its own, or belongs to an account. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { FULL } from "../support/size.ts";
import { launch, needsBrowser, PHONE, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import { codeOf, keep, opened, shown, startNotes, typeCode, write } from "./support/notes.ts";
import { button, enter, idsOf, PASSWORD, refuses, says } from "./support/pages.ts";

describe("try-before-you-buy, two devices together", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    [example, browser] = await Promise.all([startNotes(false), launch()]);
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
  });

  const open = (options: BrowserContextOptions = {}): Promise<Page> => opened(browser, example, options);

  /** Two devices of one guest, with a note. */
  async function pair(text: string): Promise<[Page, Page]> {
    const [laptop, phone] = [await open(), await open(PHONE)];
    await write(laptop, text);
    await typeCode(phone, await codeOf(laptop));
    await says(phone, "notes of your other device");
    return [laptop, phone];
  }

  const close = (...pages: Page[]) => Promise.all(pages.map((page) => page.context().close()));

  it("tells the other device why it is signed out when one keeps the work, and where to go on", async () => {
    const [laptop, phone] = await pair("kept on the laptop");
    await laptop.goto("/keep");
    await says(laptop, "On your other device you sign in once afterwards");
    await keep(laptop, "two@example.com");
    await phone.goto("/");
    await says(phone, "On another device these notes were put into an account");
    assert.equal(new URL(phone.url()).pathname, "/sign-in");
    const names = (await phone.context().cookies()).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["anon", "told-elsewhere"], "another request may have set a good cookie");
    await phone.reload();
    await says(phone, "On another device these notes were put into an account");
    assert.doesNotMatch(await phone.content(), /two@example\.com/, "which one is for its owner to know");
    await screenshot(phone, "notes-kept-elsewhere");
    await enter(phone, "Sign in", "two@example.com");
    await says(phone, "Welcome back.");
    assert.deepEqual(await shown(phone), ["kept on the laptop"]);
    await write(phone, "and on the phone");
    await laptop.reload();
    assert.deepEqual(await shown(laptop), ["and on the phone", "kept on the laptop"]);
    await close(laptop, phone);
  });

  it("loses no note that was being written on the other device meanwhile", async () => {
    const [laptop, phone] = await pair("first");
    await keep(laptop, "meanwhile@example.com");
    await phone.getByLabel("New note").fill("half a thought");
    await button(phone, "Save note").click();
    await refuses(phone, /Not saved yet/);
    assert.equal(await phone.getByLabel("New note").inputValue(), "half a thought");
    await screenshot(phone, "notes-kept-elsewhere-writing");
    await button(phone, "Save note").click();
    await refuses(phone, /again in a minute/);
    assert.equal(await phone.getByLabel("New note").inputValue(), "half a thought");
    // a new guest is refused for a minute after another device registered this one, which the full size waits for
    if (!FULL) {
      await close(laptop, phone);
      return;
    }
    await phone.waitForTimeout(62_000);
    await button(phone, "Save note").click();
    await says(phone, "This note lives in this browser only");
    await phone.getByRole("link", { name: "Sign in" }).click();
    await enter(phone, "Sign in", "meanwhile@example.com");
    await says(phone, "came along");
    assert.deepEqual((await shown(phone)).sort(), ["first", "half a thought"]);
    await close(laptop, phone);
  });

  it("goes on in both tabs of the device that keeps the work", async () => {
    const [laptop, phone] = await pair("tabs");
    const tab = await laptop.context().newPage();
    await tab.goto("/");
    await keep(laptop, "both-tabs@example.com");
    await write(tab, "in the other tab");
    await laptop.goBack();
    await laptop.goto("/");
    assert.deepEqual(await shown(laptop), ["in the other tab", "tabs"]);
    await close(laptop, phone);
  });

  it("merges a guest of two devices into the account whose email they chose", async () => {
    const owner = await open();
    await write(owner, "long ago");
    await keep(owner, "owner@example.com");
    const [laptop, phone] = await pair("of today");
    const count = (await idsOf(example)).length;
    await laptop.goto("/keep");
    await enter(laptop, "Keep my work", "owner@example.com", "not the password of it");
    await refuses(laptop, /There is an account with this email/);
    await screenshot(laptop, "notes-email-taken");
    await enter(laptop, "Sign in", "owner@example.com", "wrong horse battery");
    await refuses(laptop, /do not belong together/);
    await enter(laptop, "Sign in", "owner@example.com");
    await says(laptop, "came along");
    for (const page of [laptop, owner]) {
      await page.goto("/");
      assert.deepEqual((await shown(page)).sort(), ["long ago", "of today"]);
    }
    assert.equal((await idsOf(example)).length, count - 1);
    await phone.goto("/");
    await says(phone, "On another device these notes were put into an account");
    await enter(phone, "Sign in", "owner@example.com");
    assert.deepEqual((await shown(phone)).sort(), ["long ago", "of today"]);
    await close(owner, laptop, phone);
  });

  for (const registered of [false, true]) {
    it(`takes the notes of the second device along if that is wanted, to ${registered ? "an account" : "a guest"}`, async () => {
      const laptop = await open();
      await write(laptop, "there");
      if (registered) await keep(laptop, "along@example.com");
      const phone = await open({ ...PHONE, javaScriptEnabled: false });
      await write(phone, "here");
      const count = (await idsOf(example)).length;
      const code = await codeOf(laptop);
      await phone.goto("/another-device/enter");
      const box = phone.getByLabel("Take the note of this browser along");
      assert.equal(await box.isChecked(), false, "the code may be of somebody else");
      await box.check();
      await phone.getByLabel("Code", { exact: true }).fill(`${code.slice(0, -1)}U`);
      await button(phone, "Show those notes here").click();
      await refuses(phone, /wrong, expired/);
      assert.equal(await box.isChecked(), true);
      await screenshot(phone, `notes-bring-${registered}`);
      await phone.getByLabel("Code", { exact: true }).fill(code);
      await button(phone, "Show those notes here").click();
      await says(phone, "those of this one came along");
      await laptop.goto("/");
      for (const page of [laptop, phone]) assert.deepEqual((await shown(page)).sort(), ["here", "there"]);
      assert.equal((await idsOf(example)).length, count - 1);
      await close(laptop, phone);
    });
  }

  it("gives nothing away with a code unless that is wanted, and a device nothing of its own", async () => {
    const laptop = await open();
    await write(laptop, "there");
    const phone = await open(PHONE);
    await write(phone, "private");
    await typeCode(phone, await codeOf(laptop));
    await says(phone, "notes of your other device");
    await laptop.goto("/");
    for (const page of [laptop, phone]) assert.deepEqual(await shown(page), ["there"]);
    await typeCode(laptop, await codeOf(phone));
    await says(laptop, "notes of your other device");
    assert.deepEqual(await shown(laptop), ["there"], "the same account stays as it is");
    await close(laptop, phone);
  });

  it("has room for ten notes of a guest, says how to have more, and then has it", async () => {
    const page = await open();
    for (let number = 1; number <= 10; number++) await write(page, `note ${number}`);
    await page.getByLabel("New note").fill("one more");
    await button(page, "Save note").click();
    await refuses(page, /Guests have room for 10 notes/);
    assert.equal(await page.getByLabel("New note").inputValue(), "one more");
    assert.equal((await shown(page)).length, 10);
    await screenshot(page, "notes-full");
    await page.getByRole("alert").getByRole("link", { name: "keep my work" }).click();
    await enter(page, "Keep my work", "many@example.com", PASSWORD);
    await says(page, "Kept.");
    await write(page, "one more");
    assert.equal((await shown(page)).length, 11);
    await close(page);
  });
});
