/** A customer with an account who starts as a guest: signing in merges the guest. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launch, needsBrowser, newVisitor, PHONE, screenshot } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import {
  addToCart,
  cartCount,
  checkOutAsGuest,
  customers,
  orderNumbers,
  placeOrder,
  problem,
  sendCredentials,
  startShop,
  survivesReload,
  waitForPath,
} from "./support/shop.ts";

const PASSWORD = "correct horse battery";
const OTHER_PASSWORD = "wrong staple entirely";

describe("guest checkout, for returning customers", needsBrowser(), () => {
  let browser: Browser;
  let shop: Example;
  const requests: string[] = [];
  before(async () => {
    browser = await launch();
    shop = await startShop();
  });
  after(async () => {
    await browser?.close();
    await shop?.stop();
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await newVisitor(browser, shop.url, options);
    context.on("request", (request) => requests.push(request.url()));
    return context.newPage();
  }

  /** Places an order and creates an account; returns the page and the order's number. */
  async function customer(email: string): Promise<{ page: Page; number: string }> {
    const page = await open();
    await checkOutAsGuest(page, "Harbour mug");
    const number = await placeOrder(page, email);
    await sendCredentials(page, "Create an account", email, PASSWORD);
    await page.getByText(`You are signed in as ${email}.`).waitFor();
    return { page, number };
  }

  const ways: [string, BrowserContextOptions][] = [
    ["desktop", {}],
    ["phone without scripts", { ...PHONE, javaScriptEnabled: false }],
  ];
  for (const [way, options] of ways) {
    it(`merges a guest's cart and orders into the account at the checkout: ${way}`, async () => {
      const email = `checkout-${way.length}@example.com`;
      const home = await customer(email);
      await addToCart(home.page, "Dune vase");

      const page = await open(options);
      await checkOutAsGuest(page, "Pebble plate");
      const asGuest = await placeOrder(page, "elsewhere@example.com");
      await addToCart(page, "Fog teapot");
      const count = (await customers(shop)).length;
      await page.goto("/checkout/details");
      await screenshot(page, `guest-checkout-returning-details-${way.length}`);
      await page.getByRole("link", { name: "Sign in" }).click();
      await sendCredentials(page, "Sign in", email, OTHER_PASSWORD);
      assert.match(await problem(page), /Wrong email or password/);
      assert.equal(await cartCount(page), 1, "the guest is unchanged");
      await page.goto("/sign-in?checkout");
      await sendCredentials(page, "Sign in", email, PASSWORD);
      await waitForPath(page, "/checkout/details");
      await page.getByText("Welcome back.").waitFor();
      await survivesReload(page);
      assert.equal(await cartCount(page), 2);
      assert.equal((await customers(shop)).length, count - 1, "the guest was merged");

      await page.goBack();
      await waitForPath(page, "/account");
      await page.goForward();
      await waitForPath(page, "/checkout/details");
      const together = await placeOrder(page, email);
      for (const one of [page, home.page]) {
        await one.goto("/account");
        assert.deepEqual((await orderNumbers(one)).sort(), [home.number, asGuest, together].sort());
        assert.equal(await cartCount(one), 0);
      }
      await page.context().close();
      await home.page.context().close();
    });

    it(`offers to sign in if the email on the last page is taken, and adds the order to that account: ${way}`, async () => {
      const email = `thanks-${way.length}@example.com`;
      const home = await customer(email);
      const page = await open(options);
      await checkOutAsGuest(page, "Dune vase");
      const number = await placeOrder(page, email);
      const order = new URL(page.url()).pathname;
      await sendCredentials(page, "Create an account", email, OTHER_PASSWORD);
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      assert.match(await problem(page), /There is an account with this email/);
      assert.equal(await page.getByLabel("Email").inputValue(), email);
      assert.equal(await page.getByLabel("Password").inputValue(), "", "the password was meant for a new account");
      assert.equal(await page.getByLabel("Password").evaluate((field) => field === document.activeElement), true);
      await screenshot(page, `guest-checkout-returning-taken-${way.length}`);
      await sendCredentials(page, "Sign in", email, PASSWORD);
      await waitForPath(page, "/account");
      await page.getByText("Welcome back.").waitFor();
      assert.deepEqual((await orderNumbers(page)).sort(), [home.number, number].sort());
      await page.goto(order);
      await page.getByText("It is in your account").waitFor();
      await home.page.goto(order);
      await home.page.getByText("It is in your account").waitFor();
      await page.context().close();
      await home.page.context().close();
    });
  }

  it("lets a guest with a taken email use another one", async () => {
    const { page: home } = await customer("mine@example.com");
    const page = await open();
    await checkOutAsGuest(page, "Dune vase");
    const number = await placeOrder(page, "mine@example.com");
    await sendCredentials(page, "Create an account", "mine@example.com", OTHER_PASSWORD);
    await page.getByRole("link", { name: "Use another email" }).click();
    await sendCredentials(page, "Create an account", "yours@example.com", OTHER_PASSWORD);
    await page.getByText("You are signed in as yours@example.com.").waitFor();
    assert.deepEqual(await orderNumbers(page), [number]);
    await page.context().close();
    await home.context().close();
  });

  it("sends a guest to the page for creating an account, and then to the page that they wanted", async () => {
    const stranger = await open();
    await stranger.goto("/firing");
    await waitForPath(stranger, "/sign-in");
    await stranger.getByText("is for customers with an account").waitFor();

    const page = await open(PHONE);
    await checkOutAsGuest(page, "Harbour mug");
    await page.goto("/");
    await page.getByRole("link", { name: "what comes out of the kiln next" }).click();
    await waitForPath(page, "/account/create");
    await page.getByText("is for customers with an account").waitFor();
    assert.doesNotMatch(await page.content(), /Nesting bowls/);
    await screenshot(page, "guest-checkout-returning-refused");
    await sendCredentials(page, "Create an account", "kiln@example.com", "short");
    assert.match(await problem(page), /8 characters/);
    await sendCredentials(page, "Create an account", "kiln@example.com", PASSWORD);
    await waitForPath(page, "/firing");
    await page.getByRole("heading", { name: "Nesting bowls" }).waitFor();
    assert.equal(await cartCount(page), 1);
    await survivesReload(page);
    await screenshot(page, "guest-checkout-returning-firing");

    await addToCart(stranger, "Fog teapot");
    await checkOutAsGuest(stranger);
    await stranger.goto("/firing");
    await stranger.getByRole("link", { name: "Sign in" }).click();
    await sendCredentials(stranger, "Sign in", "kiln@example.com", PASSWORD);
    await waitForPath(stranger, "/firing");
    assert.equal(await cartCount(stranger), 2);
    await page.context().close();
    await stranger.context().close();
  });

  it("never has a password or a token in a URL or in the server's output", async () => {
    const { page } = await customer("secrets@example.com");
    const token = (await page.context().cookies()).find(({ name }) => name === "anon")?.value ?? "";
    assert.notEqual(token, "");
    await page.context().close();
    const log = [...requests, shop.output()].join("\n");
    assert.ok(requests.length > 20);
    for (const secret of [PASSWORD, OTHER_PASSWORD]) {
      for (const form of [secret, encodeURIComponent(secret), secret.replaceAll(" ", "+")]) {
        assert.ok(!log.includes(form));
      }
    }
    assert.ok(!log.includes(token));
    assert.doesNotMatch(log, /\beyJ|@example\.com/);
  });
});
