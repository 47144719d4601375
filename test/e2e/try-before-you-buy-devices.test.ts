/** The same notes on a second device: the code, how it gets there, and what it is not good for. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { renderSVG } from "uqr";
import { launch, needsBrowser, PHONE, screenshot } from "./support/browser.ts";
import { accountsOf, type Example } from "./support/example.ts";
import { codeOf, opened, shown, startNotes, typeCode, write } from "./support/notes.ts";
import { button, idsOf, refuses, says } from "./support/pages.ts";

const ENTER = "/another-device/enter";
const SHAPE = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/;

for (const https of [false, true]) {
  const scheme = https ? "https" : "http";
  describe(`try-before-you-buy on two devices, over ${scheme}`, needsBrowser(), () => {
    let example: Example;
    let browser: Browser;
    const asked: string[] = [];
    before(async () => {
      [example, browser] = await Promise.all([startNotes(https), launch()]);
    });
    after(async () => {
      await browser?.close();
      await example?.stop();
    });

    async function open(options: BrowserContextOptions = {}): Promise<Page> {
      const page = await opened(browser, example, options);
      page.context().on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
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
        await says(laptop, /Good once, for/);
        assert.equal(new URL(laptop.url()).href, `${example.url}/another-device`, "the code is in no address");
        await screenshot(laptop, `notes-${scheme}-code`);
        await laptop.reload();
        assert.equal(await laptop.locator("p.code").textContent(), code, "loading it again makes no other one");
        const kept = (await laptop.context().cookies(`${example.url}/another-device`)).find((one) =>
          one.value.includes(code),
        );
        assert.deepEqual(
          [kept?.httpOnly, kept?.sameSite, kept?.secure, kept?.path],
          [true, "Strict", https, "/another-device"],
        );

        const phone = await open({ ...PHONE, javaScriptEnabled, colorScheme: "dark" });
        await phone.getByRole("link", { name: "Enter its code" }).click();
        await phone.getByLabel("Code", { exact: true }).fill(` ${code.toLowerCase().replaceAll("-", " ")} `);
        await screenshot(phone, `notes-${scheme}-enter`);
        await phone.keyboard.press("Enter");
        await says(phone, "notes of your other device");
        assert.deepEqual(await shown(phone), ["from the laptop"]);
        await write(phone, "from the phone");
        await laptop.goto("/");
        assert.deepEqual(await shown(laptop), ["from the phone", "from the laptop"]);
        await says(laptop, "live on your devices only");
        assert.deepEqual(await idsOf(example), ids, "both are the same guest");

        const third = await open({ javaScriptEnabled });
        await typeCode(third, code);
        await refuses(third, /wrong, expired or used already/);
        assert.equal(await third.getByLabel("Code", { exact: true }).inputValue(), code);
        await screenshot(third, `notes-${scheme}-used`);
        assert.deepEqual(await third.context().cookies(), []);
        for (const page of [laptop, phone, third]) await page.context().close();
      });
    }

    it("puts the code of a scanned address into the form, and takes it out of the address", async () => {
      const laptop = await open();
      await write(laptop, "to be scanned");
      const code = await codeOf(laptop);
      const path = (svg: string) => / d="([^"]+)"/.exec(svg)?.[1];
      const scanned = `${example.url}${ENTER}#${code}`;
      const drawn = await laptop.locator(".qr svg").evaluate((svg) => svg.outerHTML);
      assert.equal(path(drawn), path(renderSVG(scanned, { ecc: "M", border: 4 })));
      assert.ok(await laptop.getByRole("img", { name: /^QR code/ }).isVisible());

      const phone = await open(PHONE);
      const before = asked.length;
      await phone.goto(scanned);
      assert.equal(await phone.getByLabel("Code", { exact: true }).inputValue(), code);
      assert.equal(phone.url(), `${example.url}${ENTER}`);
      assert.ok(!asked.slice(before).some((one) => one.startsWith("POST")), "nobody is signed in by opening a link");
      assert.equal(
        await button(phone, "Show those notes here").evaluate((one) => one === document.activeElement),
        true,
      );
      await phone.goto("/");
      await phone.goto(`${scanned}"><b>`);
      assert.equal(await phone.getByLabel("Code", { exact: true }).inputValue(), "", "what is no code is left alone");
      await phone.goto("/");
      await phone.goto(scanned);
      // the second click has nothing to send any more
      await button(phone, "Show those notes here").dblclick();
      await says(phone, "notes of your other device");
      assert.deepEqual(await shown(phone), ["to be scanned"]);
      for (const page of [laptop, phone]) await page.context().close();
    });

    it("refuses a code that is too old, and one whose device has left", async () => {
      const laptop = await open();
      await write(laptop, "soon over");
      const token = (await laptop.context().cookies()).find(({ name }) => name.endsWith("anon"))?.value ?? "";
      const eleven = accountsOf(example, () => Date.now() - 11 * 60_000);
      const { code: old } = await eleven.createTransferCode(token);
      const phone = await open(PHONE);
      await typeCode(phone, old);
      await refuses(phone, /wrong, expired or used already/);
      const code = await codeOf(laptop);
      await laptop.goto("/");
      await laptop.getByText("Leave without keeping anything").click();
      await button(laptop, "Delete my notes").click();
      await says(laptop, "are gone");
      await typeCode(phone, code);
      await refuses(phone, /wrong, expired or used already/);
      await write(laptop, "begun anew");
      await laptop.goto("/another-device");
      await says(laptop, "There is no code at the moment");
      for (const page of [laptop, phone]) await page.context().close();
    });

    it("goes on when a code is sent from two tabs, and backwards", async () => {
      const laptop = await open();
      await write(laptop, "in two tabs");
      const code = await codeOf(laptop);
      await laptop.goBack();
      assert.deepEqual(await shown(laptop), ["in two tabs"]);
      await laptop.goForward();
      assert.equal(await laptop.locator("p.code").textContent(), code);

      const one = await open(PHONE);
      const other = await one.context().newPage();
      for (const page of [one, other]) {
        await page.goto(ENTER);
        await page.getByLabel("Code", { exact: true }).fill(code);
      }
      await button(one, "Show those notes here").click();
      await says(one, "notes of your other device");
      await one.goBack();
      await one.goForward();
      assert.deepEqual(await shown(one), ["in two tabs"]);
      await button(other, "Show those notes here").click();
      await refuses(other, /used already/);
      await other.getByRole("link", { name: "Back to the notes" }).click();
      assert.deepEqual(await shown(other), ["in two tabs"]);
      for (const page of [laptop, one]) await page.context().close();
    });

    it("never has a code in an address that is asked for, or in what the server prints", async () => {
      assert.ok(asked.length > 20);
      const code = /[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}/i;
      for (const one of asked) {
        const { pathname, search } = new URL(one.slice(one.indexOf(" ") + 1));
        assert.doesNotMatch(pathname + search, code);
      }
      assert.doesNotMatch(example.output(), code);
    });
  });
}
