/** The client in pages: tabs, without a network, after sleep, and in React. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { anonymous } from "../../sdk/adapters/node.ts";
import { type AnonClient, createAnonClient } from "../../sdk/client/index.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import memory from "../../storage-drivers/memory.ts";
import { until } from "../support/client.ts";
import { type Clock, collect, DAY, PASSWORD, setUp } from "../support/sdk.ts";
import { listen, type TestServer } from "../support/server.ts";
import { launch, needsBrowser, newVisitor } from "./support/browser.ts";
import { App } from "./support/client-app.ts";

declare const client: AnonClient;

interface Site extends TestServer {
  anon: Anon;
  clock: Clock;
  /** The method and last part of the path of each request to the API. */
  calls: string[];
}

async function startSite(): Promise<Site> {
  const { anon, clock } = setUp(memory(), { api: { cookies: true }, limits: false });
  clock.now = Date.now();
  const entryPoints = [fileURLToPath(new URL("./support/client-page.ts", import.meta.url))];
  const define = { "process.env.NODE_ENV": '"development"' };
  const { outputFiles } = await build({ entryPoints, define, bundle: true, format: "esm", write: false });
  const script = outputFiles[0]!.text;
  const html = renderToString(createElement(App, { client: createAnonClient({ mode: "cookie" }) }));
  const page = `<!doctype html><title>Session</title><div id="root">${html}</div><script type="module" src="/page.js"></script>`;
  const calls: string[] = [];
  const serve = anonymous(anon);
  const server = await listen((req, res) => {
    if (req.url?.startsWith("/api/")) calls.push(`${req.method} ${req.url.split("/").at(-1)}`);
    void serve(req, res, () => {
      const [type, body] = req.url === "/page.js" ? ["text/javascript", script] : ["text/html", page];
      res.setHeader("content-type", type).end(body);
    });
  });
  // a secure context, for Web Locks
  return { ...server, url: server.url.replace("127.0.0.1", "localhost"), anon, clock, calls };
}

/** Waits until the page shows a session. */
const shows = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator("#session", { hasText: text }).waitFor();

const signIn = (page: Page): Promise<string> => page.evaluate(async () => (await client.signInAnonymously()).id);

describe("the client in Chromium", { ...needsBrowser(), timeout: 300_000 }, () => {
  let site: Site;
  let browser: Browser;
  before(async () => {
    [site, browser] = await Promise.all([startSite(), launch()]);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  /** A new visitor with some tabs, each of which has rendered its session. */
  async function visitor(
    mode: string,
    tabs: number,
    { url = site.url, script = "" } = {},
  ): Promise<{ context: BrowserContext; pages: Page[] }> {
    const context = await newVisitor(browser, url);
    await context.addInitScript(script);
    await context.clock.install();
    const pages: Page[] = [];
    for (let tab = 0; tab < tabs; tab++) {
      const page = await context.newPage();
      page.on("console", (message) => assert.doesNotMatch(message.text(), /hydrat|Warning|getSnapshot/i));
      page.on("pageerror", (error) => assert.fail(error));
      await page.goto(`/${mode}`);
      await shows(page, "signedOut");
      pages.push(page);
    }
    return { context, pages };
  }

  for (const mode of ["cookie", "token"]) {
    it(`has one guest in two tabs that sign in at once (${mode})`, async () => {
      const before = (await collect(site.anon.admin.list())).length;
      const { context, pages } = await visitor(mode, 2);
      const ids = await Promise.all([...pages, ...pages].map(signIn));
      assert.equal(new Set(ids).size, 1);
      assert.equal((await collect(site.anon.admin.list())).length, before + 1);
      for (const page of pages) await shows(page, `guest ${ids[0]}`);
      const cookies = await context.cookies();
      assert.deepEqual(
        cookies.map(({ httpOnly }) => httpOnly),
        mode === "cookie" ? [true] : [],
      );
      const stored = await pages[0]!.evaluate(() => JSON.stringify(localStorage));
      assert.equal(stored.includes("eyJ"), mode === "token", "a script can read the token in token mode only");
      await context.close();
    });

    it(`shows in each tab what another one did: converting, with the same id, and signing out (${mode})`, async () => {
      const { context, pages } = await visitor(mode, 2);
      const [one, other] = pages as [Page, Page];
      const id = await signIn(one);
      await shows(other, `guest ${id}`);
      const input = { email: `${id}@example.com`, password: PASSWORD };
      assert.equal(await one.evaluate(async (sent) => (await client.convert(sent)).id, input), id);
      await shows(other, `${id}@example.com ${id}`);
      await other.reload();
      await shows(other, `${id}@example.com ${id}`);
      await other.evaluate(() => client.signOut());
      await shows(one, "signedOut");
      await one.reload();
      await shows(one, "signedOut");
      await one.evaluate(([email, password]) => client.signIn(email!, password!), [input.email, input.password]);
      await shows(other, `${id}@example.com ${id}`);
      await context.close();
    });

    it(`keeps the session without a network, and is up to date when it is back (${mode})`, async () => {
      const { context, pages } = await visitor(mode, 1);
      const page = pages[0]!;
      const id = await signIn(page);
      await context.setOffline(true);
      const attempt = (): Promise<string> =>
        page.evaluate(() =>
          client.refresh().then(
            () => "done",
            (error) => error.code,
          ),
        );
      assert.equal(await attempt(), "network_error");
      assert.equal(
        await page.evaluate(() =>
          client.signOut().then(
            () => "done",
            (error) => error.code,
          ),
        ),
        "network_error",
      );
      await shows(page, `guest ${id}`);
      await site.anon.admin.convert({ id }, { email: `${id}@example.com`, password: PASSWORD });
      const { token } = await site.anon.signInWithPassword(`${id}@example.com`, PASSWORD);
      assert.equal(site.anon.verifyToken(token)?.id, id);
      await context.setOffline(false);
      // converting ended the guest's session, so the page learns of it without a call
      await shows(page, "signedOut");
      await context.close();
    });

    it(`renews the session after a sleep beyond its middle, and ends it after one beyond its end (${mode})`, async () => {
      const { context, pages } = await visitor(mode, 1);
      const page = pages[0]!;
      const id = await signIn(page);
      const tokenOf = async (): Promise<string> =>
        mode === "cookie"
          ? ((await context.cookies())[0]?.value ?? "")
          : ((await page.evaluate(() => client.getToken())) ?? "");
      const first = await tokenOf();
      for (const [days, status] of [
        [20, "guest"],
        [20, "guest"],
        [31, "signedOut"],
      ] as const) {
        site.calls.length = 0;
        site.clock.now += days * DAY;
        await context.clock.fastForward(days * DAY);
        await until(() => site.calls.includes("GET me"));
        await shows(page, status === "guest" ? `guest ${id}` : status);
      }
      assert.notEqual(await tokenOf(), first);
      await context.close();
    });

    it(`looks at the clock when it is used again, because timers slept (${mode})`, async () => {
      const { context, pages } = await visitor(mode, 1);
      const id = await signIn(pages[0]!);
      site.calls.length = 0;
      site.clock.now += 20 * DAY;
      await context.clock.setSystemTime(Date.now() + 20 * DAY);
      await pages[0]!.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await until(() => site.calls.includes("GET me"));
      await shows(pages[0]!, `guest ${id}`);
      await context.close();
    });

    it(`renews the session once in two tabs (${mode})`, async () => {
      const { context, pages } = await visitor(mode, 2);
      const id = await signIn(pages[0]!);
      await shows(pages[1]!, `guest ${id}`);
      site.calls.length = 0;
      site.clock.now += 20 * DAY;
      await context.clock.fastForward(20 * DAY);
      await until(() => site.calls.length > 0);
      // both tabs have had their turn once each can get the lock
      for (const page of pages) await page.evaluate(() => client.signInAnonymously());
      assert.deepEqual(site.calls, ["GET me"]);
      await context.close();
    });
  }

  it("has one session in two tabs without Web Locks and BroadcastChannel", async () => {
    const { context, pages } = await visitor("token", 2, {
      // over plain http a browser has no Web Locks, except on this machine
      url: site.url.replace("localhost", "shop.example"),
      script: "delete globalThis.BroadcastChannel",
    });
    const [one, other] = pages as [Page, Page];
    assert.deepEqual(await one.evaluate(() => [typeof navigator.locks, typeof BroadcastChannel]), [
      "undefined",
      "undefined",
    ]);
    const ids = await Promise.all([...pages, ...pages].map(signIn));
    assert.equal(new Set(ids).size, 1);
    const input = { email: `${ids[0]}@example.com`, password: PASSWORD };
    assert.equal(await one.evaluate(async (sent) => (await client.convert(sent)).id, input), ids[0]);
    await shows(other, `${input.email} ${ids[0]}`);
    await other.evaluate(() => client.signOut());
    await shows(one, "signedOut");
    await context.close();
  });
});
