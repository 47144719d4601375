/** The same notes on a second device: the transfer code, and when it is refused. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { renderSVG } from "uqr";
import { launch, needsBrowser, PHONE, screenshot } from "./support/browser.ts";
import { accountsOf, type Example } from "./support/example.ts";
import { codeOf, notesOn, openPage, startNotes, typeCode, write } from "./support/notes.ts";
import { button, idsOf, showsAlert, showsText } from "./support/pages.ts";

const ENTER = "/another-device/enter";
const SHAPE = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/;

for (const https of [false, true]) {
  const scheme = https ? "https" : "http";
  describe(`try-before-you-buy on two devices, over ${scheme}`, needsBrowser(), () => {
    let example: Example;
    let browser: Browser;
    const requests: string[] = [];
    before(async () => {
      [example, browser] = await Promise.all([startNotes(https), launch()]);
    });
    after(async () => {
      await browser?.close();
      await example?.stop();
    });

    async function open(options: BrowserContextOptions = {}): Promise<Page> {
      const page = await openPage(browser, example, options);
      page.context().on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
      page.on("console", (message) => assert.doesNotMatch(message.text(), /Content Security Policy|Refused/));
      return page;
    }

    for (const javaScriptEnabled of [true, false]) {
      it(`shows the same notes on both, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
        const laptop = await open({ javaScriptEnabled });
        await write(laptop, "from the laptop");
        const ids = await idsOf(example);
        const code = await codeOf(laptop);
        assert.match(code, SHAPE);
        await showsText(laptop, /Valid once, for/);
        assert.equal(new URL(laptop.url()).href, `${example.url}/another-device`, "the code is not in the URL");
        await screenshot(laptop, `notes-${scheme}-code`);
        await laptop.reload();
        assert.equal(await laptop.locator("p.code").textContent(), code, "reloading creates no other code");
        const cookie = (await laptop.context().cookies(`${example.url}/another-device`)).find((one) =>
          one.value.includes(code),
        );
        assert.deepEqual(
          [cookie?.httpOnly, cookie?.sameSite, cookie?.secure, cookie?.path],
          [true, "Strict", https, "/another-device"],
        );

        const phone = await open({ ...PHONE, javaScriptEnabled, colorScheme: "dark" });
        await phone.getByRole("link", { name: "Enter its code" }).click();
        await phone.getByLabel("Code", { exact: true }).fill(` ${code.toLowerCase().replaceAll("-", " ")} `);
        await screenshot(phone, `notes-${scheme}-enter`);
        await phone.keyboard.press("Enter");
        await showsText(phone, "notes of your other device");
        assert.deepEqual(await notesOn(phone), ["from the laptop"]);
        await write(phone, "from the phone");
        await laptop.goto("/");
        assert.deepEqual(await notesOn(laptop), ["from the phone", "from the laptop"]);
        await showsText(laptop, "are on your devices only");
        assert.deepEqual(await idsOf(example), ids, "both are the same guest");

        const third = await open({ javaScriptEnabled });
        await typeCode(third, code);
        await showsAlert(third, /wrong, expired or already used/);
        assert.equal(await third.getByLabel("Code", { exact: true }).inputValue(), code);
        await screenshot(third, `notes-${scheme}-used`);
        assert.deepEqual(await third.context().cookies(), []);
        for (const page of [laptop, phone, third]) await page.context().close();
      });
    }

    it("moves the code of a scanned URL from the URL into the form", async () => {
      const laptop = await open();
      await write(laptop, "to be scanned");
      const code = await codeOf(laptop);
      const path = (svg: string) => / d="([^"]+)"/.exec(svg)?.[1];
      const scanned = `${example.url}${ENTER}#${code}`;
      const drawn = await laptop.locator(".qr svg").evaluate((svg) => svg.outerHTML);
      assert.equal(path(drawn), path(renderSVG(scanned, { ecc: "M", border: 4 })));
      assert.ok(await laptop.getByRole("img", { name: /^QR code/ }).isVisible());

      const phone = await open(PHONE);
      const before = requests.length;
      await phone.goto(scanned);
      assert.equal(await phone.getByLabel("Code", { exact: true }).inputValue(), code);
      assert.equal(phone.url(), `${example.url}${ENTER}`);
      assert.ok(!requests.slice(before).some((one) => one.startsWith("POST")), "opening a link does not sign in");
      assert.equal(
        await button(phone, "Show those notes here").evaluate((one) => one === document.activeElement),
        true,
      );
      await phone.goto("/");
      await phone.goto(`${scanned}"><b>`);
      assert.equal(await phone.getByLabel("Code", { exact: true }).inputValue(), "", "an invalid code is ignored");
      await phone.goto("/");
      await phone.goto(scanned);
      // the second click sends nothing
      await button(phone, "Show those notes here").dblclick();
      await showsText(phone, "notes of your other device");
      assert.deepEqual(await notesOn(phone), ["to be scanned"]);
      for (const page of [laptop, phone]) await page.context().close();
    });

    it("refuses an expired code, and a code of a deleted guest", async () => {
      const laptop = await open();
      await write(laptop, "soon over");
      const token = (await laptop.context().cookies()).find(({ name }) => name.endsWith("anon"))?.value ?? "";
      const eleven = accountsOf(example, () => Date.now() - 11 * 60_000);
      const { code: old } = await eleven.createTransferCode(token);
      const phone = await open(PHONE);
      await typeCode(phone, old);
      await showsAlert(phone, /wrong, expired or already used/);
      const code = await codeOf(laptop);
      await laptop.goto("/");
      await laptop.getByText("Leave without keeping anything").click();
      await button(laptop, "Delete my notes").click();
      await showsText(laptop, "are gone");
      await typeCode(phone, code);
      await showsAlert(phone, /wrong, expired or already used/);
      await write(laptop, "a new start");
      await laptop.goto("/another-device");
      await showsText(laptop, "There is no valid code at the moment");
      for (const page of [laptop, phone]) await page.context().close();
    });

    it("handles a code that is sent from two tabs, and the back button", async () => {
      const laptop = await open();
      await write(laptop, "in two tabs");
      const code = await codeOf(laptop);
      await laptop.goBack();
      assert.deepEqual(await notesOn(laptop), ["in two tabs"]);
      await laptop.goForward();
      assert.equal(await laptop.locator("p.code").textContent(), code);

      const one = await open(PHONE);
      const other = await one.context().newPage();
      for (const page of [one, other]) {
        await page.goto(ENTER);
        await page.getByLabel("Code", { exact: true }).fill(code);
      }
      await button(one, "Show those notes here").click();
      await showsText(one, "notes of your other device");
      await one.goBack();
      await one.goForward();
      assert.deepEqual(await notesOn(one), ["in two tabs"]);
      await button(other, "Show those notes here").click();
      await showsAlert(other, /already used/);
      await other.getByRole("link", { name: "Back to the notes" }).click();
      assert.deepEqual(await notesOn(other), ["in two tabs"]);
      for (const page of [laptop, one]) await page.context().close();
    });

    it("never has a code in a request's URL or in the server's output", async () => {
      assert.ok(requests.length > 20);
      const code = /[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}/i;
      for (const one of requests) {
        const { pathname, search } = new URL(one.slice(one.indexOf(" ") + 1));
        assert.doesNotMatch(pathname + search, code);
      }
      assert.doesNotMatch(example.output(), code);
    });
  });
}
