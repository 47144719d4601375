/** Two devices, when one of them keeps the work, has notes of its own, or belongs to an account. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { FULL } from "../support/size.ts";
import { launch, needsBrowser, PHONE, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import { codeOf, keep, notesOn, openPage, startNotes, typeCode, write } from "./support/notes.ts";
import { button, enter, idsOf, PASSWORD, showsAlert, showsText } from "./support/pages.ts";

describe("try-before-you-buy, two devices of one guest", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    [example, browser] = await Promise.all([startNotes(false), launch()]);
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
  });

  const open = (options: BrowserContextOptions = {}): Promise<Page> => openPage(browser, example, options);

  /** Two devices of one guest, with a note. */
  async function pair(text: string): Promise<[Page, Page]> {
    const [laptop, phone] = [await open(), await open(PHONE)];
    await write(laptop, text);
    await typeCode(phone, await codeOf(laptop));
    await showsText(phone, "notes of your other device");
    return [laptop, phone];
  }

  const close = (...pages: Page[]) => Promise.all(pages.map((page) => page.context().close()));

  it("explains to the other device why it was signed out after one keeps the work, and offers to sign in", async () => {
    const [laptop, phone] = await pair("kept on the laptop");
    await laptop.goto("/keep");
    await showsText(laptop, "Afterwards, sign in once on your other device");
    await keep(laptop, "two@example.com");
    await phone.goto("/");
    await showsText(phone, "These notes were moved to an account on another device");
    assert.equal(new URL(phone.url()).pathname, "/sign-in");
    const names = (await phone.context().cookies()).map(({ name }) => name);
    assert.deepEqual(
      names.sort(),
      ["anon", "kept-elsewhere-notice"],
      "the cookie stays: another request may have set a valid one",
    );
    await phone.reload();
    await showsText(phone, "These notes were moved to an account on another device");
    assert.doesNotMatch(await phone.content(), /two@example\.com/, "the account's email is not shown");
    await screenshot(phone, "notes-kept-elsewhere");
    await enter(phone, "Sign in", "two@example.com");
    await showsText(phone, "Welcome back.");
    assert.deepEqual(await notesOn(phone), ["kept on the laptop"]);
    await write(phone, "and on the phone");
    await laptop.reload();
    assert.deepEqual(await notesOn(laptop), ["and on the phone", "kept on the laptop"]);
    await close(laptop, phone);
  });

  it("loses no note that was being written on the other device", async () => {
    const [laptop, phone] = await pair("first");
    await keep(laptop, "meanwhile@example.com");
    await phone.getByLabel("New note").fill("half a thought");
    await button(phone, "Save note").click();
    await showsAlert(phone, /Not saved yet/);
    assert.equal(await phone.getByLabel("New note").inputValue(), "half a thought");
    await screenshot(phone, "notes-kept-elsewhere-writing");
    await button(phone, "Save note").click();
    await showsAlert(phone, /again in a minute/);
    assert.equal(await phone.getByLabel("New note").inputValue(), "half a thought");
    // for a minute after another device converted the guest, a new guest is refused; only the full size waits for that
    if (!FULL) {
      await close(laptop, phone);
      return;
    }
    await phone.waitForTimeout(62_000);
    await button(phone, "Save note").click();
    await showsText(phone, "This note is in this browser only");
    await phone.getByRole("link", { name: "Sign in" }).click();
    await enter(phone, "Sign in", "meanwhile@example.com");
    await showsText(phone, "are now in your account");
    assert.deepEqual((await notesOn(phone)).sort(), ["first", "half a thought"]);
    await close(laptop, phone);
  });

  it("continues in both tabs of the device that keeps the work", async () => {
    const [laptop, phone] = await pair("tabs");
    const tab = await laptop.context().newPage();
    await tab.goto("/");
    await keep(laptop, "both-tabs@example.com");
    await write(tab, "in the other tab");
    await laptop.goBack();
    await laptop.goto("/");
    assert.deepEqual(await notesOn(laptop), ["in the other tab", "tabs"]);
    await close(laptop, phone);
  });

  it("merges a guest of two devices into the account with the chosen email", async () => {
    const owner = await open();
    await write(owner, "long ago");
    await keep(owner, "owner@example.com");
    const [laptop, phone] = await pair("written today");
    const count = (await idsOf(example)).length;
    await laptop.goto("/keep");
    await enter(laptop, "Keep my work", "owner@example.com", "not the password of it");
    await showsAlert(laptop, /There is an account with this email/);
    await screenshot(laptop, "notes-email-taken");
    await enter(laptop, "Sign in", "owner@example.com", "wrong horse battery");
    await showsAlert(laptop, /Wrong email or password/);
    await enter(laptop, "Sign in", "owner@example.com");
    await showsText(laptop, "are now in your account");
    for (const page of [laptop, owner]) {
      await page.goto("/");
      assert.deepEqual((await notesOn(page)).sort(), ["long ago", "written today"]);
    }
    assert.equal((await idsOf(example)).length, count - 1);
    await phone.goto("/");
    await showsText(phone, "These notes were moved to an account on another device");
    await enter(phone, "Sign in", "owner@example.com");
    assert.deepEqual((await notesOn(phone)).sort(), ["long ago", "written today"]);
    await close(owner, laptop, phone);
  });

  for (const registered of [false, true]) {
    it(`adds the notes of the second device to ${registered ? "an account" : "a guest"} if the box is ticked`, async () => {
      const laptop = await open();
      await write(laptop, "there");
      if (registered) await keep(laptop, "along@example.com");
      const phone = await open({ ...PHONE, javaScriptEnabled: false });
      await write(phone, "here");
      const count = (await idsOf(example)).length;
      const code = await codeOf(laptop);
      await phone.goto("/another-device/enter");
      const box = phone.getByLabel("Add the note of this browser");
      assert.equal(await box.isChecked(), false, "the code may belong to another person");
      await box.check();
      await phone.getByLabel("Code", { exact: true }).fill(`${code.slice(0, -1)}U`);
      await button(phone, "Show those notes here").click();
      await showsAlert(phone, /wrong, expired/);
      assert.equal(await box.isChecked(), true);
      await screenshot(phone, `notes-bring-${registered}`);
      await phone.getByLabel("Code", { exact: true }).fill(code);
      await button(phone, "Show those notes here").click();
      await showsText(phone, "notes of this one were added");
      await laptop.goto("/");
      for (const page of [laptop, phone]) assert.deepEqual((await notesOn(page)).sort(), ["here", "there"]);
      assert.equal((await idsOf(example)).length, count - 1);
      await close(laptop, phone);
    });
  }

  it("moves no notes if the box is not ticked, or if both devices have the same guest", async () => {
    const laptop = await open();
    await write(laptop, "there");
    const phone = await open(PHONE);
    await write(phone, "private");
    await typeCode(phone, await codeOf(laptop));
    await showsText(phone, "notes of your other device");
    await laptop.goto("/");
    for (const page of [laptop, phone]) assert.deepEqual(await notesOn(page), ["there"]);
    await typeCode(laptop, await codeOf(phone));
    await showsText(laptop, "notes of your other device");
    assert.deepEqual(await notesOn(laptop), ["there"], "the same account is unchanged");
    await close(laptop, phone);
  });

  it("limits a guest to ten notes, and a registered account to no number", async () => {
    const page = await open();
    for (let number = 1; number <= 10; number++) await write(page, `note ${number}`);
    await page.getByLabel("New note").fill("one more");
    await button(page, "Save note").click();
    await showsAlert(page, /Guests have room for 10 notes/);
    assert.equal(await page.getByLabel("New note").inputValue(), "one more");
    assert.equal((await notesOn(page)).length, 10);
    await screenshot(page, "notes-full");
    await page.getByRole("alert").getByRole("link", { name: "keep my work" }).click();
    await enter(page, "Keep my work", "many@example.com", PASSWORD);
    await showsText(page, "Kept.");
    await write(page, "one more");
    assert.equal((await notesOn(page)).length, 11);
    await close(page);
  });
});
