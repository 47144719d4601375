import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { launch, needsBrowser, newVisitor } from "./support/browser.ts";
import { type Example, startExample } from "./support/example.ts";
import { startProxy, type TlsProxy } from "./support/proxy.ts";

const script = fileURLToPath(new URL("../../scripts/example.mjs", import.meta.url));
const EXAMPLE = "try-before-you-buy";

function runExample(...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

describe("npm run example", () => {
  it("lists the examples if no name is given", () => {
    const { status, stderr } = runExample();
    assert.equal(status, 2);
    assert.match(stderr, new RegExp(`^ {2}${EXAMPLE}$`, "m"));
  });

  it("refuses unknown examples and runtimes", () => {
    for (const args of [["shared"], [".."], ["no-such-example"], ["--runtime", "rhino", EXAMPLE]]) {
      const { status, stderr } = runExample(...args);
      assert.equal(status, 2, args.join(" "));
      assert.match(stderr, /Unknown (example|runtime)/);
    }
  });

  it("forwards signals, and ends with the example", async () => {
    const example = await startExample(EXAMPLE);
    await example.restart();
    assert.equal((await fetch(example.url)).status, 200);
    await example.stop();
    await assert.rejects(fetch(example.url));
  });
});

describe("an example in a browser", needsBrowser(), () => {
  const running: (Example | TlsProxy)[] = [];
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    for (const one of running.reverse()) await one.stop();
  });

  async function visit(url: string): Promise<{ title: string; secure: boolean }> {
    const context = await newVisitor(browser, url);
    const page = await context.newPage();
    await page.goto("/");
    const result = { title: await page.title(), secure: await page.evaluate(() => globalThis.isSecureContext) };
    await context.close();
    return result;
  }

  it("loads on http, on https, and behind a proxy that terminates TLS", async () => {
    const plain = await startExample(EXAMPLE);
    const secure = await startExample(EXAMPLE, { https: true });
    const proxy = await startProxy(plain.port);
    running.push(plain, secure, proxy);
    assert.match(plain.url, /^http:/);
    assert.match(secure.url, /^https:/);
    const expected = await visit(plain.url);
    assert.notEqual(expected.title, "");
    for (const url of [secure.url, `https://shop.example:${proxy.port}`]) assert.deepEqual(await visit(url), expected);
  });
});
