/** Visits that are interrupted, and visits in two tabs while the guest creates an account or signs in. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, needsBrowser, newVisitor } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import {
  addToCart,
  cartCount,
  checkOutAsGuest,
  customers,
  orderNumbers,
  placeOrder,
  sendCredentials,
  startShop,
  waitForPath,
} from "./support/shop.ts";

const PASSWORD = "correct horse battery";
const DAY_S = 24 * 60 * 60;

describe("guest checkout, resumed", needsBrowser(), () => {
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

  /** Closes the browser, and opens another with the cookies that the first one stored on disk. */
  async function reopenBrowser(page: Page): Promise<Page> {
    const { cookies, origins } = await page.context().storageState();
    await page.context().close();
    // session cookies end with the browser
    const persistent = cookies.filter(({ expires }) => expires > Date.now() / 1_000 + DAY_S);
    const context = await newVisitor(browser, shop.url, { storageState: { cookies: persistent, origins } });
    return context.newPage();
  }

  it("keeps the cart when the browser is closed, with and without an account", async () => {
    let page = await (await newVisitor(browser, shop.url)).newPage();
    await addToCart(page, "Harbour mug", "Fog teapot");
    page = await reopenBrowser(page);
    await page.goto("/cart");
    assert.equal(await cartCount(page), 2);
    await checkOutAsGuest(page, "Dune vase");
    const count = (await customers(shop)).length;
    page = await reopenBrowser(page);
    await page.goto("/checkout");
    await waitForPath(page, "/checkout/details");
    assert.equal(await cartCount(page), 3);
    const number = await placeOrder(page, "resumed@example.com");
    page = await reopenBrowser(page);
    await page.goto("/account");
    assert.deepEqual(await orderNumbers(page), [number]);
    assert.equal((await customers(shop)).length, count, "it is the same guest throughout");
    await page.context().close();
  });

  it("merges once when two tabs of a guest sign in at the same time", async () => {
    const context = await newVisitor(browser, shop.url);
    const [one, other] = [await context.newPage(), await context.newPage()];
    await checkOutAsGuest(one, "Harbour mug");
    const first = await placeOrder(one, "two-tabs@example.com");
    await sendCredentials(one, "Create an account", "two-tabs@example.com", PASSWORD);
    await waitForPath(one, "/account");
    await one.getByRole("button", { name: "Sign out" }).click();
    await one.getByText("You are signed out.").waitFor();

    await checkOutAsGuest(one, "Pebble plate");
    const second = await placeOrder(one, "two-tabs@example.com");
    await addToCart(one, "Dune vase");
    const count = (await customers(shop)).length;
    const both = [one, other];
    for (const page of both) {
      await page.goto("/sign-in");
      await page.getByLabel("Email").fill("two-tabs@example.com");
      await page.getByLabel("Password").fill(PASSWORD);
    }
    await Promise.all(both.map((page) => page.getByRole("button", { name: "Sign in", exact: true }).click()));
    for (const page of both) {
      await waitForPath(page, "/account");
      await page.goto("/account");
      assert.deepEqual((await orderNumbers(page)).sort(), [first, second].sort());
      assert.equal(await cartCount(page), 1);
    }
    assert.equal((await customers(shop)).length, count - 1);
    await context.close();
  });

  it("continues in the account in a tab that the guest had open", async () => {
    const context = await newVisitor(browser, shop.url);
    const [one, other] = [await context.newPage(), await context.newPage()];
    await checkOutAsGuest(one, "Harbour mug");
    await placeOrder(one, "open-tab@example.com");
    await sendCredentials(one, "Create an account", "open-tab@example.com", PASSWORD);
    await waitForPath(one, "/account");
    await context.clearCookies();

    await checkOutAsGuest(one, "Pebble plate");
    await other.goto("/");
    await one.getByRole("link", { name: "Sign in" }).click();
    await sendCredentials(one, "Sign in", "open-tab@example.com", PASSWORD);
    await waitForPath(one, "/checkout/details");
    await other.getByRole("button", { name: "Add to cart: Dune vase" }).click();
    await one.reload();
    for (const page of [one, other]) assert.equal(await cartCount(page), 2);
    await context.close();
  });
});

describe("the shop's hand-over in a merge", () => {
  it("adds a cart once for each merge, also when it is ordered before the merge is repeated", async () => {
    const directory = mkdtempSync(join(tmpdir(), "anon-merges-"));
    process.env.SHOP_DIR = directory;
    try {
      const { database } = await import("../../examples/guest-checkout/shop/database.ts");
      const { cartKey } = await import("../../examples/guest-checkout/shop/carts.ts");
      const { handOver } = await import("../../examples/guest-checkout/shop/hand-over.ts");
      const { fingerprint, linesOf } = await import("../../examples/guest-checkout/shop/items.ts");
      const { ordersOf, placeOrder: place } = await import("../../examples/guest-checkout/shop/orders.ts");
      const delivery = { name: "", email: "", street: "", postcode: "", city: "", country: "" };
      const cart = { id: crypto.randomUUID(), items: { mug: 2 } };
      type StoredCart = typeof cart | null;
      const fill = () => database.setItem(cartKey("guest"), cart);
      const itemsOfAccount = async () => (await database.getItem<StoredCart>(cartKey("account")))?.items ?? {};

      await fill();
      await handOver("guest", "account", "merge-1");
      assert.deepEqual(await itemsOfAccount(), { mug: 2 });
      assert.equal(await database.getItem(cartKey("guest")), null);
      const { id } = (await database.getItem<StoredCart>(cartKey("account")))!;
      const lines = fingerprint(linesOf({ mug: 2 }));
      assert.equal((await place("account", { cart: id, lines }, delivery))?.total, 48_00);

      await fill(); // as if the process had ended before it removed the guest's cart
      await handOver("guest", "account", "merge-1");
      assert.deepEqual(await itemsOfAccount(), {});
      await fill();
      await handOver("guest", "account", "merge-2");
      assert.deepEqual(await itemsOfAccount(), { mug: 2 });
      assert.equal((await ordersOf("account")).length, 1);
    } finally {
      delete process.env.SHOP_DIR;
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
