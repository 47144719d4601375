/** The notes app in a browser, over http and https. */

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { bySize } from "../support/size.ts";
import { launch, needsBrowser, newVisitor, PHONE, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import { keep, notesOn, openPage, startNotes, write } from "./support/notes.ts";
import {
  button,
  enter,
  holdsCookie,
  idsOf,
  PASSWORD,
  post,
  postInChunks,
  showsAlert,
  showsText,
} from "./support/pages.ts";

for (const https of bySize({ full: [false, true], short: [true] })) {
  const scheme = https ? "https" : "http";
  describe(`try-before-you-buy over ${scheme}`, needsBrowser(), () => {
    let example: Example;
    let browser: Browser;
    before(async () => {
      [example, browser] = await Promise.all([startNotes(https), launch()]);
    });
    after(async () => {
      await browser?.close();
      await example?.stop();
    });

    const open = (options = {}): Promise<Page> => openPage(browser, example, options);

    it("creates no account for a visitor who only looks at pages", async () => {
      const page = await open();
      for (const path of ["/sign-in", "/keep", "/style.css", "/nothing", "/notes"]) await page.goto(path);
      await page.goto("/");
      await page.reload();
      assert.deepEqual(await page.context().cookies(), []);
      assert.deepEqual(await idsOf(example), []);
      await screenshot(page, `notes-${scheme}-1-visitor`);
    });

    // works without scripts too
    for (const javaScriptEnabled of https ? [true] : [true, false]) {
      it(`leads from a first note to an account on two devices, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
        const email = `ada.${javaScriptEnabled}@example.com`;
        const page = await open({ javaScriptEnabled });
        await write(page, "Milk & <b>bread</b>");
        await holdsCookie(page.context(), https);
        const ids = await idsOf(example);

        await page.reload();
        await write(page, "A second one");
        await page.goBack();
        await page.goForward();
        await page.reload();
        assert.deepEqual(await notesOn(page), ["A second one", "Milk & <b>bread</b>"], "nothing is sent twice");
        await screenshot(page, `notes-${scheme}-2-guest`);

        await page.getByRole("link", { name: "Keep my work" }).click();
        const refusals: [string, string, RegExp][] = [
          ["nonsense", PASSWORD, /does not look like an email/],
          [email, "short", /8 characters/],
          ["anon-x@anonymous.invalid", PASSWORD, /for guests/],
        ];
        for (const [wrong, password, message] of refusals) {
          await enter(page, "Keep my work", wrong, password);
          await showsAlert(page, message);
          assert.equal(await page.getByLabel("Email").inputValue(), wrong);
        }
        await screenshot(page, `notes-${scheme}-3-refused`);
        await enter(page, "Keep my work", email);
        await showsText(page, "Kept.");
        assert.equal((await notesOn(page)).length, 2);
        assert.deepEqual(await idsOf(example), ids, "it is the same account");
        await screenshot(page, `notes-${scheme}-4-kept`);

        const elsewhere = await open({ ...PHONE, javaScriptEnabled, colorScheme: "dark" });
        await elsewhere.getByRole("link", { name: "Sign in" }).click();
        await enter(elsewhere, "Sign in", email, "wrong horse battery");
        await showsAlert(elsewhere, /Wrong email or password/);
        await enter(elsewhere, "Sign in", email);
        await showsText(elsewhere, "Welcome back.");
        assert.deepEqual(await notesOn(elsewhere), ["A second one", "Milk & <b>bread</b>"]);
        await screenshot(elsewhere, `notes-${scheme}-5-phone`);
        await button(elsewhere, "Sign out").click();
        await showsText(elsewhere, "You are signed out");
        assert.deepEqual(await elsewhere.context().cookies(), []);
        await elsewhere.goBack();
        assert.deepEqual(await notesOn(elsewhere), [], "the back button shows no notes");
        await page.reload();
        assert.equal((await notesOn(page)).length, 2, "the other device stays signed in");
      });
    }

    it("loses no note after a double click, or after two requests at the same time", async () => {
      const page = await open();
      const before = (await idsOf(example)).length;
      await page.getByLabel("New note").fill("clicked twice");
      await button(page, "Save note").dblclick();
      await showsText(page, "Your notes");
      assert.deepEqual(await notesOn(page), ["clicked twice"]);

      const other = await open();
      const key = await other.locator("[name=key]").inputValue();
      const send = (text: string) => post(other.context(), example, "/notes", { key, text });
      const sent = await Promise.all([send("one"), send("two"), send("two")]);
      assert.deepEqual(
        sent.map((response) => response.status()),
        [303, 303, 303],
      );
      await other.reload();
      assert.deepEqual((await notesOn(other)).sort(), ["one", "two"]);
      assert.equal((await idsOf(example)).length, before + 2, "two visitors, two accounts");
    });

    it("refuses forms of other sites", async () => {
      const context = await newVisitor(browser, example.url);
      const before = await idsOf(example);
      for (const origin of ["https://evil.example", "null", example.url.replace(/:\d+$/, ":1")]) {
        const reply = await post(context, example, "/notes", { key: "k".repeat(20), text: "x" }, origin);
        assert.equal(reply.status(), 403, origin);
      }
      assert.deepEqual(await idsOf(example), before);
    });
  });
}

describe("try-before-you-buy", needsBrowser(), () => {
  let example: Example;
  let browser: Browser;
  before(async () => {
    [example, browser] = await Promise.all([startNotes(false), launch()]);
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
  });

  const open = (options = {}): Promise<Page> => openPage(browser, example, options);

  it("recognizes in one tab what was done in another", async () => {
    const page = await open();
    await write(page, "in the first");
    const second = await page.context().newPage();
    await second.goto("/keep");
    await keep(page, "tabs@example.com");
    await enter(second, "Keep my work", "tabs@example.com");
    await showsText(second, "are already kept");
    await button(second, "Sign out").click();
    await showsText(second, "You are signed out");
    await write(page, "after signing out elsewhere");
    assert.deepEqual(await notesOn(page), ["after signing out elsewhere"], "a new guest, whose note is kept");
  });

  it("moves a guest's notes to an existing account", async () => {
    const owner = await open();
    await write(owner, "at home");
    await keep(owner, "taken@example.com");

    const page = await open();
    await write(page, "on the way");
    const before = (await idsOf(example)).length;
    await page.goto("/keep");
    await enter(page, "Keep my work", "Taken@Example.com");
    await showsAlert(page, /There is an account/);
    assert.equal(await page.getByLabel("Email").inputValue(), "Taken@Example.com");
    await enter(page, "Sign in", "taken@example.com");
    await showsText(page, "are now in your account");
    assert.deepEqual((await notesOn(page)).sort(), ["at home", "on the way"]);
    assert.equal((await idsOf(example)).length, before - 1, "the guest is gone");
    await page.getByRole("button", { name: "Delete the note: at home" }).click();
    await page.getByText("at home").waitFor({ state: "detached" });
    assert.deepEqual(await notesOn(page), ["on the way"]);
  });

  it("starts again without the cookie, and after a guest leaves", async () => {
    const page = await open(PHONE);
    await write(page, "forgotten");
    await page.context().clearCookies();
    await page.reload();
    assert.deepEqual(await notesOn(page), []);
    await write(page, "deleted");
    const before = (await idsOf(example)).length;
    await page.getByText("Leave without keeping anything").click();
    await button(page, "Delete my notes").click();
    await showsText(page, "are gone");
    assert.deepEqual(await page.context().cookies(), []);
    assert.equal((await idsOf(example)).length, before - 1);
  });

  it("keeps the input when an address has too many sign-ups, and saves it later", async () => {
    const crowd = await newVisitor(browser, example.url);
    let status = 303;
    for (let number = 0; status === 303 && number < 100; number++) {
      await crowd.clearCookies();
      status = (await post(crowd, example, "/notes", { key: `${number}`.padStart(20, "k"), text: "hello" })).status();
    }
    assert.equal(status, 429);
    assert.equal(await postInChunks(example, "/notes", { key: "k".repeat(30), text: "hello" }), 429);
    const page = await open(PHONE);
    await page.getByLabel("New note").fill("not lost");
    await button(page, "Save note").click();
    await showsAlert(page, /Too many/);
    assert.equal(await page.getByLabel("New note").inputValue(), "not lost");
    await screenshot(page, "notes-limited");
    await example.restart(); // the counters of limits are in the process
    await button(page, "Save note").click();
    await showsText(page, "Your notes");
    assert.deepEqual(await notesOn(page), ["not lost"]);
  });

  it("keeps a session after a restart, and starts again if its account no longer exists", async () => {
    const page = await open();
    await write(page, "before");
    await example.restart();
    await page.reload();
    assert.deepEqual(await notesOn(page), ["before"]);
    rmSync(join(example.directory, ".anon", "data"), { recursive: true });
    await page.reload();
    assert.deepEqual(await notesOn(page), []);
    assert.equal((await page.context().cookies()).length, 1);
    await write(page, "after");
    assert.deepEqual(await notesOn(page), ["after"]);
  });
});
