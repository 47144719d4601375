/** A customer who has an account already and comes as a guest: both become one, wherever they sign in. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launch, needsBrowser, PHONE, screenshot, visitor } from "./support/browser.ts";
import type { Example } from "./support/example.ts";
import {
  addToCart,
  at,
  becomeGuest,
  cartCount,
  customers,
  orderNumbers,
  placeOrder,
  problem,
  sendCredentials,
  startShop,
  survivesReload,
} from "./support/shop.ts";

const PASSWORD = "correct horse battery";
const OTHER_PASSWORD = "wrong staple entirely";

describe("guest checkout, for those who come back", needsBrowser(), () => {
  let browser: Browser;
  let shop: Example;
  const asked: string[] = [];
  before(async () => {
    browser = await launch();
    shop = await startShop();
  });
  after(async () => {
    await browser?.close();
    await shop?.stop();
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await visitor(browser, shop.url, options);
    context.on("request", (request) => asked.push(request.url()));
    return context.newPage();
  }

  /** Somebody who has ordered, and has an account. The answer is their page, and the order's number. */
  async function customer(email: string): Promise<{ page: Page; number: string }> {
    const page = await open();
    await becomeGuest(page, "Harbour mug");
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
    it(`brings a guest's cart along at the checkout, and makes one history of two: ${way}`, async () => {
      const email = `checkout-${way.length}@example.com`;
      const home = await customer(email);
      await addToCart(home.page, "Dune vase");

      const page = await open(options);
      await becomeGuest(page, "Pebble plate");
      const asGuest = await placeOrder(page, "elsewhere@example.com");
      await addToCart(page, "Fog teapot");
      const count = (await customers(shop)).length;
      await page.goto("/checkout/details");
      await screenshot(page, `guest-checkout-returning-details-${way.length}`);
      await page.getByRole("link", { name: "Sign in" }).click();
      await sendCredentials(page, "Sign in", email, OTHER_PASSWORD);
      assert.match(await problem(page), /do not belong together/);
      assert.equal(await cartCount(page), 1, "the guest is who they were");
      await page.goto("/sign-in?checkout");
      await sendCredentials(page, "Sign in", email, PASSWORD);
      await at(page, "/checkout/details");
      await page.getByText("Welcome back.").waitFor();
      await survivesReload(page);
      assert.equal(await cartCount(page), 2);
      assert.equal((await customers(shop)).length, count - 1, "the guest is the account now");

      await page.goBack();
      await at(page, "/account");
      await page.goForward();
      await at(page, "/checkout/details");
      const together = await placeOrder(page, email);
      for (const one of [page, home.page]) {
        await one.goto("/account");
        assert.deepEqual((await orderNumbers(one)).sort(), [home.number, asGuest, together].sort());
        assert.equal(await cartCount(one), 0);
      }
      await page.context().close();
      await home.page.context().close();
    });

    it(`offers to sign in when the email of the last page is taken, and the order goes there: ${way}`, async () => {
      const email = `thanks-${way.length}@example.com`;
      const home = await customer(email);
      const page = await open(options);
      await becomeGuest(page, "Dune vase");
      const number = await placeOrder(page, email);
      const order = new URL(page.url()).pathname;
      await sendCredentials(page, "Create an account", email, OTHER_PASSWORD);
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      assert.match(await problem(page), /There is an account with this email/);
      assert.equal(await page.getByLabel("Email").inputValue(), email);
      assert.equal(await page.getByLabel("Password").inputValue(), "", "what was typed was for another account");
      assert.equal(await page.getByLabel("Password").evaluate((field) => field === document.activeElement), true);
      await screenshot(page, `guest-checkout-returning-taken-${way.length}`);
      await sendCredentials(page, "Sign in", email, PASSWORD);
      await at(page, "/account");
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

  it("lets a guest whose email is taken use another one", async () => {
    const { page: home } = await customer("mine@example.com");
    const page = await open();
    await becomeGuest(page, "Dune vase");
    const number = await placeOrder(page, "mine@example.com");
    await sendCredentials(page, "Create an account", "mine@example.com", OTHER_PASSWORD);
    await page.getByRole("link", { name: "Use another email" }).click();
    await sendCredentials(page, "Create an account", "yours@example.com", OTHER_PASSWORD);
    await page.getByText("You are signed in as yours@example.com.").waitFor();
    assert.deepEqual(await orderNumbers(page), [number]);
    await page.context().close();
    await home.context().close();
  });

  it("sends a guest to where they create an account, and then to where they wanted", async () => {
    const stranger = await open();
    await stranger.goto("/firing");
    await at(stranger, "/sign-in");
    await stranger.getByText("is for customers with an account").waitFor();

    const page = await open(PHONE);
    await becomeGuest(page, "Harbour mug");
    await page.goto("/");
    await page.getByRole("link", { name: "what comes out of the kiln next" }).click();
    await at(page, "/account/create");
    await page.getByText("is for customers with an account").waitFor();
    assert.doesNotMatch(await page.content(), /Nesting bowls/);
    await screenshot(page, "guest-checkout-returning-refused");
    await sendCredentials(page, "Create an account", "kiln@example.com", "short");
    assert.match(await problem(page), /8 characters/);
    await sendCredentials(page, "Create an account", "kiln@example.com", PASSWORD);
    await at(page, "/firing");
    await page.getByRole("heading", { name: "Nesting bowls" }).waitFor();
    assert.equal(await cartCount(page), 1);
    await survivesReload(page);
    await screenshot(page, "guest-checkout-returning-firing");

    await addToCart(stranger, "Fog teapot");
    await becomeGuest(stranger);
    await stranger.goto("/firing");
    await stranger.getByRole("link", { name: "Sign in" }).click();
    await sendCredentials(stranger, "Sign in", "kiln@example.com", PASSWORD);
    await at(stranger, "/firing");
    assert.equal(await cartCount(stranger), 2);
    await page.context().close();
    await stranger.context().close();
  });

  it("never has a password or a token in an address or in what the server prints", async () => {
    const { page } = await customer("secrets@example.com");
    const token = (await page.context().cookies()).find(({ name }) => name === "anon")?.value ?? "";
    assert.notEqual(token, "");
    await page.context().close();
    const told = [...asked, shop.output()].join("\n");
    assert.ok(asked.length > 20);
    for (const secret of [PASSWORD, OTHER_PASSWORD]) {
      for (const form of [secret, encodeURIComponent(secret), secret.replaceAll(" ", "+")]) {
        assert.ok(!told.includes(form));
      }
    }
    assert.ok(!told.includes(token));
    assert.doesNotMatch(told, /\beyJ|@example\.com/);
  });
});
