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

describe("guest checkout", needsBrowser(), () => {
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

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await newVisitor(browser, shop.url, options)).newPage();
    page.on("console", (message) => {
      // such as a style that the Content-Security-Policy blocks
      assert.doesNotMatch(message.text(), /Content Security Policy|Refused/);
    });
    return page;
  }

  const ways: [string, BrowserContextOptions][] = [
    ["desktop", { viewport: { width: 1280, height: 800 } }],
    ["phone", PHONE],
    ["no-script", { javaScriptEnabled: false }],
  ];
  for (const [way, options] of ways) {
    it(`leads from the shop to an account, which another browser can sign in to: ${way}`, async () => {
      const email = `${way}@example.com`;
      const known = await customers(shop);
      const shot = (name: string) => screenshot(page, `guest-checkout-${way}-${name}`);
      const page = await open(options);

      await addToCart(page, "Harbour mug", "Fog teapot");
      await shot("1-shop");
      await page.getByRole("link", { name: /^Cart/ }).click();
      await page.getByRole("button", { name: "Add one Harbour mug" }).click();
      assert.equal(await cartCount(page), 3);
      await survivesReload(page);
      await shot("2-cart");
      await page.getByRole("link", { name: "Check out" }).click();
      await shot("3-checkout");
      assert.equal((await customers(shop)).length, known.length, "no account exists before the checkout");

      await page.getByRole("button", { name: "Continue as Guest" }).click();
      await waitForPath(page, "/checkout/details");
      await survivesReload(page);
      await shot("4-details");
      const [guest] = (await customers(shop)).filter(({ id }) => !known.some((other) => other.id === id));
      assert.equal(guest?.email, null);
      assert.equal(await cartCount(page), 3);

      const number = await placeOrder(page, email);
      await survivesReload(page);
      await shot("5-thank-you");
      assert.equal(await cartCount(page), 0);
      assert.match((await page.locator("address").textContent()) ?? "", /Hauptstraße 1 <b>/);

      await sendCredentials(page, "Create an account", email, PASSWORD);
      await waitForPath(page, "/account");
      await page.getByText(`You are signed in as ${email}.`).waitFor();
      await survivesReload(page);
      await shot("6-account");
      assert.deepEqual(await orderNumbers(page), [number]);
      const registered = (await customers(shop)).filter((one) => one.email === email);
      assert.deepEqual(registered, [{ id: guest?.id, email }], "the id stays");

      const elsewhere = await open(options);
      await addToCart(elsewhere, "Dune vase");
      await elsewhere.goto("/checkout");
      await elsewhere.getByRole("button", { name: "Sign In" }).click();
      await sendCredentials(elsewhere, "Sign in", email, "not that password");
      assert.match(await problem(elsewhere), /Wrong email or password/);
      assert.equal(await elsewhere.getByLabel("Email").inputValue(), email);
      assert.equal(await elsewhere.getByLabel("Password").inputValue(), "");
      await sendCredentials(elsewhere, "Sign in", email, PASSWORD);
      await waitForPath(elsewhere, "/checkout/details");
      assert.equal(await elsewhere.getByLabel("Town").inputValue(), "Vienna");
      const second = await placeOrder(elsewhere, email);
      await elsewhere.goto("/account");
      assert.deepEqual((await orderNumbers(elsewhere)).sort(), [number, second].sort());

      await elsewhere.getByRole("button", { name: "Sign out" }).click();
      await elsewhere.getByText("You are signed out.").waitFor();
      await elsewhere.goBack();
      await waitForPath(elsewhere, "/sign-in");
      assert.equal((await customers(shop)).length, known.length + 1, "it is one customer throughout");
      await page.context().close();
      await elsewhere.context().close();
    });
  }

  it("shows errors in the form, and keeps the input except the password", async () => {
    const page = await open();
    await checkOutAsGuest(page, "Low tide bowl");
    await page.getByLabel("Full name").fill("  ");
    await page.getByLabel("Email").fill("ada@localhost");
    for (const label of ["Street", "Postcode", "Town"]) await page.getByLabel(label).fill("here");
    await page.getByRole("button", { name: /^Place the order/ }).click();
    assert.match(await problem(page), /the name.*not look like an email/s);
    assert.equal(await page.getByLabel("Street").inputValue(), "here");
    assert.equal(await page.getByLabel("Full name").evaluate((field) => field === document.activeElement), true);
    await screenshot(page, "guest-checkout-wrong-details");

    await placeOrder(page, "guest@example.com");
    await sendCredentials(page, "Create an account", "guest@example.com", "short");
    assert.match(await problem(page), /8 characters or more/);
    assert.equal(await page.getByLabel("Email").inputValue(), "guest@example.com");
    assert.equal(await page.getByLabel("Password").inputValue(), "");
    await sendCredentials(page, "Create an account", "desktop@example.com", PASSWORD);
    assert.match(await problem(page), /There is an account with this email/);
    await screenshot(page, "guest-checkout-email-taken");
    await page.context().close();
  });

  it("moves a guest's order and cart to their existing account", async () => {
    const page = await open();
    await checkOutAsGuest(page, "Pebble plate");
    const number = await placeOrder(page, "other@example.com");
    await addToCart(page, "Driftwood jug");
    const guests = (await customers(shop)).length;
    await page.goto("/account");
    await page.getByRole("link", { name: "Sign in" }).click();
    await sendCredentials(page, "Sign in", "desktop@example.com", PASSWORD);
    await waitForPath(page, "/account");
    assert.ok((await orderNumbers(page)).includes(number));
    assert.equal(await cartCount(page), 1);
    assert.equal((await customers(shop)).length, guests - 1, "the guest was merged");
    await page.context().close();
  });

  it("keeps the order when the cookies are cleared, and shows it to its owner only", async () => {
    const page = await open();
    await checkOutAsGuest(page, "Dune vase");
    const number = await placeOrder(page, "cleared@example.com");
    const order = new URL(page.url()).pathname;
    await sendCredentials(page, "Create an account", "cleared@example.com", PASSWORD);
    await waitForPath(page, "/account");
    await page.context().clearCookies();
    const refused = await page.goto(order);
    assert.equal(refused?.status(), 404);
    assert.doesNotMatch(await page.content(), /Ada|Vienna/);
    await screenshot(page, "guest-checkout-no-order");
    await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await sendCredentials(page, "Sign in", "cleared@example.com", PASSWORD);
    await waitForPath(page, "/account");
    assert.deepEqual(await orderNumbers(page), [number]);
    await page.goto(order);
    await page.getByText("It is in your account").waitFor();
    await page.context().close();
  });
});
