/** The widget of ALTCHA in a page, as `docs/captcha.md` shows it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { anonymous } from "../../sdk/adapters/node.ts";
import { altcha } from "../../sdk/captcha/altcha.ts";
import type { AnonClient } from "../../sdk/client/index.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import memory from "../../storage-drivers/memory.ts";
import { root } from "../smoke/packed.mjs";
import { OTHER_SECRET, setUp } from "../support/sdk.ts";
import { listen, type TestServer } from "../support/server.ts";
import { launch, needsBrowser, newVisitor } from "./support/browser.ts";

declare const attempt: () => Promise<string>;
declare const client: AnonClient;

interface Site extends TestServer {
  anon: Anon;
}

/** What the page's script calls, as the documentation describes it: the client with the header. */
const SIGN_IN = `
  import { createAnonClient } from "./sdk/client/index.ts";
  let captchaToken = "";
  const client = createAnonClient({
    mode: "cookie",
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, "x-captcha-token": captchaToken } }),
  });
  const attempt = () =>
    client.signInAnonymously().then(
      ({ id }) => id,
      ({ status, code }) => status + " " + code,
    );
  async function signIn(payload) {
    captchaToken = payload;
    document.querySelector("output").textContent = await attempt();
  }
  Object.assign(globalThis, { attempt, client });
`;

/** Serves the HTML of the documentation with its script, bundled. */
async function startSite(): Promise<Site> {
  const documented = readFileSync(join(root, "docs", "captcha.md"), "utf8");
  const [, block = ""] = /^```html\n([\s\S]*?)^```/m.exec(documented) ?? [];
  const [, script = ""] = /<script type="module">([\s\S]*?)<\/script>/.exec(block) ?? [];
  const { outputFiles } = await build({
    stdin: { contents: SIGN_IN + script, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    write: false,
  });
  const body = block.replace(
    /<script type="module">[\s\S]*?<\/script>/,
    '<script type="module" src="/page.js"></script>',
  );
  const page = `<!doctype html><title>Captcha</title>${body}<output></output>`;

  const captcha = altcha({ secret: OTHER_SECRET, cost: 10, attempts: 20 });
  const { anon, clock } = setUp(memory(), { api: { cookies: true }, hooks: { beforeCreate: captcha } });
  clock.now = Date.now();
  const serve = anonymous(anon);
  const server = await listen((req, res) => {
    void serve(req, res, async () => {
      if (req.url === "/captcha") {
        const challenge = JSON.stringify(await captcha.challenge());
        res.setHeader("cache-control", "no-store").setHeader("content-type", "application/json").end(challenge);
      } else if (req.url === "/page.js") res.setHeader("content-type", "text/javascript").end(outputFiles[0]!.text);
      else res.setHeader("content-type", "text/html").end(page);
    });
  });
  // a secure context, for Web Crypto
  return { ...server, url: server.url.replace("127.0.0.1", "localhost"), anon };
}

describe("the widget of ALTCHA in Chromium", { ...needsBrowser(), timeout: 120_000 }, () => {
  let site: Site;
  let browser: Browser;
  before(async () => {
    [site, browser] = await Promise.all([startSite(), launch()]);
  });
  after(() => site?.stop());

  async function open(): Promise<{ visitor: BrowserContext; page: Page }> {
    const visitor = await newVisitor(browser, site.url);
    const page = await visitor.newPage();
    await page.goto("/");
    await page.getByRole("checkbox").waitFor();
    return { visitor, page };
  }

  it("refuses a visitor who did not solve the challenge", async () => {
    const { visitor, page } = await open();
    assert.equal(await page.evaluate(() => attempt()), "403 creation_refused");
    assert.deepEqual(await visitor.cookies(), []);
    await visitor.close();
  });

  it("signs in with the payload of the widget, once", async () => {
    const { visitor, page } = await open();
    // an icon lies over the checkbox
    await page.locator("altcha-widget label").click();
    const id = (await page.locator("output:not(:empty)").textContent()) ?? "";
    assert.equal((await site.anon.admin.get(id))?.anonymous, true, id);
    const [cookie, ...others] = await visitor.cookies();
    assert.deepEqual([cookie?.name, others], ["anon", []]);
    // the same payload again
    await page.evaluate(() => client.signOut());
    assert.equal(await page.evaluate(() => attempt()), "403 creation_refused");
    await visitor.close();
  });
});
