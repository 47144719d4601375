import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { launch, needsBrowser, newVisitor, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import { startProxy, type TlsProxy } from "./support/proxy.ts";
import {
  addToCart,
  cartCount,
  checkOutAsGuest,
  customers,
  placeOrder,
  sendCredentials,
  startShop,
} from "./support/shop.ts";

describe("guest checkout, security and limits", needsBrowser(), () => {
  let browser: Browser;
  let shop: Example;
  let secure: Example;
  let proxy: TlsProxy;
  before(async () => {
    browser = await launch();
    shop = await startShop();
    secure = await startShop({ https: true });
    proxy = await startProxy(shop.port);
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
    for (const one of [shop, secure]) await one?.stop();
  });

  /** Sends a form as a page of the shop does; other headers make it come from another origin. */
  function send(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${shop.url}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: shop.url, "content-type": "application/x-www-form-urlencoded", ...headers },
      body,
    });
  }

  it("sets cookies with safe attributes on http, on https, and behind a proxy", async () => {
    const servers: [string, string, boolean][] = [
      [shop.url, "anon", false],
      [secure.url, "__Host-anon", true],
      [`https://shop.example:${proxy.port}`, "__Host-anon", true],
    ];
    for (const [url, name, isSecure] of servers) {
      const context = await newVisitor(browser, url);
      const page = await context.newPage();
      await addToCart(page, "Harbour mug");
      const [cart] = await context.cookies();
      assert.deepEqual([cart?.name, cart?.secure], [isSecure ? "__Host-cart" : "cart", isSecure], url);
      assert.deepEqual([cart?.httpOnly, cart?.sameSite], [true, "Lax"]);
      await checkOutAsGuest(page, "Harbour mug");
      assert.equal(await cartCount(page), 2);
      const [cookie, ...others] = await context.cookies();
      assert.deepEqual(others, [], "the cart is in the account");
      assert.deepEqual([cookie?.name, cookie?.secure], [name, isSecure], url);
      assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, "Lax", "/"]);
      const email = `cookies-${new URL(url).port}@example.com`;
      await placeOrder(page, email);
      await sendCredentials(page, "Create an account", email, "correct horse");
      await page.getByText(`You are signed in as ${email}.`).waitFor();
      assert.notEqual((await context.cookies())[0]?.value, cookie?.value);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByText("You are signed out.").waitFor();
      assert.deepEqual(await context.cookies(), []);
      await context.close();
    }
  });

  it("creates no account for a visitor who only looks at pages", async () => {
    const before = await customers(shop);
    const seen = new Set<string>();
    const queue = ["/", "/checkout", "/checkout/details", "/account", "/account/create", "/thank-you/x", "/nowhere"];
    while (queue.length > 0) {
      const path = queue.pop() as string;
      if (seen.has(path)) continue;
      seen.add(path);
      const response = await fetch(new URL(path, shop.url));
      assert.ok(response.status < 500, path);
      if (!response.headers.get("content-type")?.startsWith("text/html")) continue;
      const links = [...(await response.text()).matchAll(/href="(\/[^"#]*)/g)];
      queue.push(...links.map(([, href]) => href as string));
    }
    assert.ok(seen.size > 8, [...seen].join(" "));
    assert.deepEqual(await customers(shop), before);
  });

  it("accepts forms from its own pages only", async () => {
    const before = (await customers(shop)).length;
    const cookie = "cart=0f8fad5b-d9cb-469f-a165-70867728950e~mug.1";
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "" },
      { origin: "http://localhost:1" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      const { status } = await send("/checkout", "continue=guest", { cookie, ...headers });
      assert.equal(status, 403, JSON.stringify(headers));
    }
    assert.equal((await customers(shop)).length, before);
    assert.equal((await send("/checkout", "continue=guest", { cookie })).status, 303);
    assert.equal((await customers(shop)).length, before + 1);
  });

  it("ignores invalid items in the cart's cookie", async () => {
    const key = "0f8fad5b-d9cb-469f-a165-70867728950f";
    const carts: [string, number][] = [
      [`${key}~mug.2~bowl.1`, 3],
      [`${key}~mug.99`, 12],
      [`${key}~mug.0~bowl.-1~plate.1e3`, 0],
      [`${key}~gold.1~constructor.1~mug.1`, 1],
      ["~mug.1", 0],
      [`${key}~mug.1<script>`, 0],
      ["%E0%A4%A", 0],
    ];
    for (const [cart, count] of carts) {
      const response = await fetch(`${shop.url}/cart`, { headers: { cookie: `other=%; cart=${cart}` } });
      assert.equal(response.status, 200);
      assert.match(await response.text(), new RegExp(`Cart <b>${count}<`), cart);
    }
  });

  it("refuses bodies that are not forms or are too long, and unknown pages and methods", async () => {
    assert.equal((await send("/sign-in", "{}", { "content-type": "application/json" })).status, 413);
    assert.equal((await send("/sign-in", `email=${"a".repeat(20_000)}`)).status, 413);
    assert.equal((await send("/cart", "product=gold")).status, 400);
    assert.equal((await send("/cart", "product=mug&quantity=1e9")).status, 400);
    assert.equal((await send("/nowhere", "")).status, 404);
    const { status, headers } = await fetch(`${shop.url}/sign-out`);
    assert.deepEqual([status, headers.get("allow")], [405, "POST"]);
  });

  it("reports too many sign-ups in the checkout, and keeps the cart", async () => {
    const own = await startShop();
    try {
      const context = await newVisitor(browser, own.url);
      const page = await context.newPage();
      await addToCart(page, "Harbour mug");
      const headers = { origin: own.url, "content-type": "application/x-www-form-urlencoded" };
      let status = 0;
      for (let n = 0; n < 100 && status !== 429; n++) {
        const cookie = `cart=${crypto.randomUUID()}~mug.1`;
        const sent = {
          method: "POST",
          redirect: "manual" as const,
          headers: { ...headers, cookie },
          body: "continue=guest",
        };
        const response = await fetch(`${own.url}/checkout`, sent);
        status = response.status;
        if (status === 429) assert.ok(Number(response.headers.get("retry-after")) > 0);
      }
      assert.equal(status, 429);
      await page.goto("/checkout");
      await page.getByRole("button", { name: "Continue as Guest" }).click();
      await page.getByText("There were too many attempts").waitFor();
      assert.equal(await cartCount(page), 1);
      await screenshot(page, "guest-checkout-rate-limited");
    } finally {
      await own.stop();
    }
  });

  for (const runtime of ["bun", "deno"] as const) {
    it(`works on ${runtime}`, async () => {
      const own = await startShop({ runtime });
      try {
        const page = await (await newVisitor(browser, own.url)).newPage();
        await checkOutAsGuest(page, "Harbour mug");
        await placeOrder(page, "runtime@example.com");
        await sendCredentials(page, "Create an account", "runtime@example.com", "correct horse");
        await page.getByText("You are signed in as runtime@example.com.").waitFor();
        assert.equal((await customers(own)).length, 1);
      } finally {
        await own.stop();
      }
    });
  }
});
