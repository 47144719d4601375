import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, needsBrowser, newVisitor, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import {
  addToCart,
  cartCount,
  checkOutAsGuest,
  customers,
  fillDelivery,
  orderNumbers,
  placeOrder,
  sendCredentials,
  startShop,
  waitForPath,
} from "./support/shop.ts";

const place = (page: Page) => page.getByRole("button", { name: /^Place the order/ });

describe("guest checkout, with repeated requests and the back button", needsBrowser(), () => {
  let browser: Browser;
  let shop: Example;
  before(async () => {
    browser = await launch();
    shop = await startShop();
  });
  after(async () => {
    await browser?.close();
    await shop?.stop();
  });

  /** Two tabs of one visitor. */
  async function openTabs(): Promise<[Page, Page]> {
    const context = await newVisitor(browser, shop.url);
    return [await context.newPage(), await context.newPage()];
  }

  it("repeats nothing when the visitor goes back and forward after every step", async () => {
    const [page] = await openTabs();
    const count = (await customers(shop)).length;
    await checkOutAsGuest(page, "Harbour mug");
    await page.goBack();
    await page.goForward();
    await waitForPath(page, "/checkout/details");
    await page.goBack();
    await page.reload();
    // a guest skips the checkout's first page
    await waitForPath(page, "/checkout/details");
    const number = await placeOrder(page, "back@example.com");
    await page.goBack();
    await waitForPath(page, "/cart");
    assert.equal(await cartCount(page), 0);
    await page.goForward();
    await page.reload();
    assert.deepEqual(await orderNumbers(page), [number]);
    await sendCredentials(page, "Create an account", "back@example.com", "correct horse");
    await waitForPath(page, "/account");
    await page.goBack();
    await page.getByText("It is in your account").waitFor();
    await page.goto("/account/create");
    await waitForPath(page, "/account");
    assert.deepEqual(await orderNumbers(page), [number]);
    assert.equal((await customers(shop)).length, count + 1);
    await page.context().close();
  });

  it("creates one guest and one order from two tabs", async () => {
    const [one, other] = await openTabs();
    const count = (await customers(shop)).length;
    await addToCart(one, "Fog teapot");
    const both = [one, other];
    for (const page of both) await page.goto("/checkout");
    await Promise.all(both.map((page) => page.getByRole("button", { name: "Continue as Guest" }).click()));
    for (const page of both) {
      await waitForPath(page, "/checkout/details");
      await page.reload();
      assert.equal(await cartCount(page), 1);
      await fillDelivery(page, "tabs@example.com");
    }
    assert.equal((await customers(shop)).length, count + 1);
    await Promise.all(both.map((page) => place(page).click()));
    for (const page of both) await page.getByRole("heading", { name: "Thank you, Ada." }).waitFor();
    assert.equal(one.url(), other.url());
    await one.goto("/account");
    assert.equal((await orderNumbers(one)).length, 1);
    await one.context().close();
  });

  it("finds the cart of a tab that sends a request while the browser stores the cookies of another tab's response", async () => {
    const key = crypto.randomUUID();
    const jar = new Map([["cart", `${key}~teapot.1`]]);
    const send = (path: string, cookies: ReadonlyMap<string, string>) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const body = path === "/checkout" ? new URLSearchParams({ continue: "guest" }) : undefined;
      const method = body ? "POST" : "GET";
      return fetch(`${shop.url}${path}`, { method, body, redirect: "manual", headers: { cookie, origin: shop.url } });
    };
    const count = (await customers(shop)).length;
    const stored = [...jar];
    for (const path of ["/checkout", "/checkout/details"]) {
      for (const cookie of (await send(path, new Map(stored))).headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (/Max-Age=0/.test(cookie)) jar.delete(name);
        else jar.set(name, value);
        const other = await send("/checkout", jar);
        assert.equal(other.headers.get("location"), "/checkout/details");
      }
      stored.splice(0, stored.length, ...jar);
    }
    assert.equal((await customers(shop)).length, count + 1);
    assert.equal(jar.has("cart"), false);
    assert.match(await (await send("/checkout/details", jar)).text(), /Fog teapot/);
  });

  it("places one order for a double click", async () => {
    const [page] = await openTabs();
    await checkOutAsGuest(page, "Fog teapot");
    await fillDelivery(page, "double@example.com");
    await place(page).dblclick();
    await page.getByRole("heading", { name: "Thank you, Ada." }).waitFor();
    await page.goto("/account");
    assert.equal((await orderNumbers(page)).length, 1);
    await page.context().close();
  });

  it("places no order for a cart that the customer did not see", async () => {
    const [one, other] = await openTabs();
    await checkOutAsGuest(one, "Fog teapot");
    await fillDelivery(one, "changed@example.com");
    await addToCart(other, "Dune vase");
    await place(one).click();
    await one.getByText("Your cart has changed").waitFor();
    assert.equal(await one.getByLabel("Town").inputValue(), "Vienna");
    await screenshot(one, "guest-checkout-changed");
    await place(one).click();
    await one.getByRole("heading", { name: "Thank you, Ada." }).waitFor();
    assert.match((await one.locator(".summary-total").textContent()) ?? "", /€134\.00/);
    await one.context().close();
  });

  it("keeps an item that a tab without the account added to the cart", async () => {
    const [one, other] = await openTabs();
    await addToCart(one, "Harbour mug");
    await other.goto("/");
    await checkOutAsGuest(one, "Low tide bowl");
    await other.getByRole("button", { name: "Add to cart: Pebble plate" }).click();
    await one.reload();
    assert.equal(await cartCount(one), 3);
    await one.context().close();
  });

  it("keeps guests, carts and orders after a restart", async () => {
    const [page] = await openTabs();
    await checkOutAsGuest(page, "Harbour mug");
    await shop.restart();
    await page.reload();
    assert.equal(await cartCount(page), 1);
    const number = await placeOrder(page, "restart@example.com");
    await shop.restart();
    await page.goto("/account");
    assert.deepEqual(await orderNumbers(page), [number]);
    await page.context().close();
  });
});
