/** The flow that every framework's app passes in a browser. `README.md` of this folder says what a page's app has for it. */
import assert from "node:assert/strict";
import { type IncomingMessage, request } from "node:http";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Page, Response } from "playwright-core";
import { launch, needsBrowser, newVisitor } from "../../e2e/support/browser.ts";
import { button, PASSWORD } from "../../e2e/support/pages.ts";
import type { OpenApi } from "../../support/described.ts";
import { type App, type AppOptions, pinnedOf, type Served, startApp } from "./app.ts";
import { quickStartLines, readPage } from "./page.ts";

/** A framework has six minutes, of which its installation and its build take most. */
const TIMEOUT_MS = 360_000;
const DAY_MS = 86_400_000;
/** The default of `limits.signUpsPerAddress`. */
const SIGN_UPS = 30;

export interface FrameworkOptions extends AppOptions {
  /** A command that checks the app's types with the framework's own, such as `npx svelte-check`. */
  types: string;
  /** Sends the form of `/` when the limit is reached, and returns the response. Default: clicks, and returns that of the POST. */
  limited?: (page: Page) => Promise<Response>;
  /** Set if the framework has no other address than that of `X-Forwarded-For`, which a client can send. */
  readsForwarded?: boolean;
}

/**
 * Declares the tests of `docs/frameworks/<name>.md`. `more` declares tests of one framework, which call `app()` when they run.
 */
export function testFramework(name: string, options: FrameworkOptions, more?: (app: () => App) => void): void {
  describe(`docs/frameworks/${name}.md`, () => {
    const page = readPage(name);

    it("has a quick start of under 25 lines", () => {
      const lines = quickStartLines(page);
      assert.ok(lines > 0 && lines < 25, `${lines} lines`);
    });

    it("installs the packages that its tests pin, and this one", () => {
      const { dependencies } = pinnedOf(name);
      const nameOf = (installed: string): string => installed.replace(/(?<=.)@[\d.]+$/, "");
      assert.deepEqual(page.packages.map(nameOf).sort(), [...Object.keys(dependencies), "anon-accounts"].sort());
      for (const installed of page.packages) {
        const own = nameOf(installed);
        if (own !== installed) assert.equal(installed, `${own}@${dependencies[own]}`);
      }
    });
  });

  describe(`the app of docs/frameworks/${name}.md`, { ...needsBrowser(), timeout: TIMEOUT_MS }, () => {
    let starting: Promise<App> | undefined;
    let running: App | undefined;
    let browser: Browser;
    const app = (): App => {
      if (!running) throw new Error("The app does not run");
      return running;
    };

    before(async () => {
      starting = startApp(name, options);
      [running, browser] = await Promise.all([starting, launch()]);
    });
    // also if it starts after the time is over
    after(() =>
      starting?.then(
        (started) => started.stop(),
        () => undefined,
      ),
    );

    it("keeps a guest, converts it, signs out and signs in again", async () => {
      const visitor = await newVisitor(browser, app().url);
      const page = await visitor.newPage();
      await page.goto("/");
      assert.deepEqual(await visitor.cookies(), []);
      await send(page, "Continue as guest");
      const id = await showsAccount(page, app());
      await page.reload();
      assert.equal(await showsAccount(page, app()), id);
      assert.equal(await statusOf(visitor, "/orders"), 403);

      const email = `ada+${id}@example.com`;
      await enter(page, "Create account", email);
      await page.goto("/");
      assert.equal(await showsAccount(page, app()), id);
      assert.equal((await app().accounts().admin.get(id))?.email, email);
      assert.equal(await statusOf(visitor, "/orders"), 200);

      await page.goto("/account");
      await send(page, "Sign out");
      await page.goto("/");
      await button(page, "Continue as guest").waitFor();
      assert.deepEqual(await visitor.cookies(), []);
      assert.equal(await statusOf(visitor, "/orders"), 401);

      await enter(page, "Sign in", email);
      await page.goto("/");
      assert.equal(await showsAccount(page, app()), id);
      await visitor.close();
    });

    it("treats a guest who was collected as signed out, and makes a new one", async () => {
      const visitor = await newVisitor(browser, app().url);
      const page = await visitor.newPage();
      await page.goto("/");
      await send(page, "Continue as guest");
      const id = await showsAccount(page, app());
      const later = app().accounts(() => Date.now() + 3 * DAY_MS);
      assert.ok((await later.admin.gc({ olderThan: "1d" })).deleted >= 1);
      await page.goto("/");
      await button(page, "Continue as guest").waitFor();
      await send(page, "Continue as guest");
      assert.notEqual(await showsAccount(page, app()), id);
      await visitor.close();
    });

    it("serves the description of the HTTP API, and the keys for other services", async () => {
      const { url } = app();
      const description = await fetch(`${url}/api/openapi.json`);
      assert.equal(description.status, 200);
      assert.ok(((await description.json()) as OpenApi).paths["/.well-known/jwks.json"]);
      const path = `${url}/.well-known/jwks.json`;
      const keys = await fetch(path);
      assert.equal(keys.status, 200);
      assert.equal(((await keys.json()) as { keys: object[] }).keys.length, 1);
      assert.equal(keys.headers.get("access-control-allow-origin"), "*");
      assert.equal((await fetch(path, { method: "OPTIONS" })).status, 204);
    });

    it("has the types of its framework", async () => {
      await app().command(options.types);
    });

    more?.(app);

    it("limits sign-ups by the address of the client, with 429 and Retry-After", async () => {
      const statuses = new Set<number>();
      // the API counts for the same limit
      for (let count = 0; count < SIGN_UPS; count++) statuses.add(await signUpFrom("127.0.0.1", app()));
      assert.deepEqual([...statuses], [200, 429]);
      const visitor = await newVisitor(browser, app().url);
      const page = await visitor.newPage();
      await page.goto("/");
      const response = await (options.limited ?? ((shown) => send(shown, "Continue as guest")))(page);
      assert.equal(response.status(), 429);
      assert.match((await response.allHeaders())["retry-after"] ?? "", /^\d+$/);
      assert.deepEqual(await visitor.cookies(), []);
      await visitor.close();
      const forged = { "x-forwarded-for": "203.0.113.7" };
      if (!options.readsForwarded) assert.equal(await signUpFrom("127.0.0.1", app(), forged), 429);
      // another address of this machine; only Linux has it without being configured
      if (process.platform === "linux") assert.equal(await signUpFrom("127.0.0.2", app()), 200);
    });

    it("prints no warning", () => {
      assert.doesNotMatch(app().output(), /warn|ANON_/i);
    });
  });
}

/** Clicks a button that sends a form, and returns the response. */
async function send(page: Page, name: string): Promise<Response> {
  const responded = page.waitForResponse((response) => response.request().method() === "POST");
  await button(page, name).click();
  return responded;
}

/** Fills in the form of `/account`, and sends it. */
async function enter(page: Page, name: string, email: string): Promise<void> {
  await page.goto("/account");
  await page.locator("input[name=email]").fill(email);
  await page.locator("input[name=password]").fill(PASSWORD);
  const response = await send(page, name);
  assert.ok(response.status() < 400, `${name}: ${response.status()}`);
}

/** Waits until the page shows the username of the session's account. Returns the account's id. */
async function showsAccount(page: Page, app: App): Promise<string> {
  const cookies = await page.context().cookies();
  const [cookie, ...others] = cookies.filter((one) => one.name === "anon");
  assert.ok(cookie && others.length === 0, `${cookies.map(({ name, path }) => `${name} of ${path}`)}`);
  const { httpOnly, sameSite, path, expires } = cookie;
  assert.deepEqual([httpOnly, sameSite, path, expires > 0], [true, "Lax", "/", true]);
  const { id } = JSON.parse(atob(cookie.value.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? ""));
  const record = await app.accounts().admin.get(id);
  assert.ok(record, `no account ${id}`);
  await page.getByText(record.username).first().waitFor();
  return id;
}

/** The status of a page for this visitor, without following redirects. */
async function statusOf(visitor: BrowserContext, path: string): Promise<number> {
  return (await visitor.request.get(path, { maxRedirects: 0 })).status();
}

/** Continues as a guest in a development server without a secret, by the form of `/` and without a browser. */
export async function continueInDevelopment(app: App, line: string): Promise<void> {
  const { url, stop } = await app.serve({ ANON_SECRET: undefined }, line);
  try {
    await continueWithoutScripts(url);
  } finally {
    await stop();
  }
}

/** Continues as a guest by the form of `/`, and returns the cookie. */
export async function continueWithoutScripts(url: string): Promise<string> {
  const shown = await (await fetch(url)).text();
  assert.match(shown, /Continue as guest/);
  const headers = { origin: url, accept: "text/html" };
  const body = hiddenFields(shown) ?? new URLSearchParams();
  const response = await fetch(url, { method: "POST", headers, body, redirect: "manual" });
  assert.equal(response.status, 200, await response.text());
  const [cookie = ""] = response.headers.getSetCookie().map((one) => one.split(";")[0]);
  assert.match(await (await fetch(url, { headers: { cookie } })).text(), /You are (<!-- -->)?anon_\w{15}/);
  return cookie;
}

/** What the hidden inputs of a page send, by which some frameworks find the action of a form. */
function hiddenFields(html: string): FormData | undefined {
  const names = [...html.matchAll(/<input type="hidden" name="([^"]+)"/g)].map(([, name = ""]) => name);
  if (names.length === 0) return undefined;
  const form = new FormData();
  for (const name of names) form.set(name, "");
  return form;
}

/** Signs up by the HTTP API from an address of this machine. Returns the status. */
export async function signUpFrom(
  localAddress: string,
  { port }: Served,
  more: Record<string, string> = {},
): Promise<number> {
  const path = "/api/collections/users/auth-anonymously";
  // without a type, some frameworks take it for a form of another site
  const headers = { "content-type": "application/json", host: `localhost:${port}`, ...more };
  const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers, localAddress });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject).end("{}");
  });
  response.resume();
  return response.statusCode ?? 0;
}
