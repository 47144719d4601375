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
    const page = await (await visitor(browser, shop.url, options)).newPage();
    page.on("console", (message) => {
      // such as that a style was not loaded because of the Content-Security-Policy
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
    it(`goes from the shop to an account, and back into it from elsewhere: ${way}`, async () => {
      const email = `${way}@example.com`;
      const known = await customers(shop);
      const shot = (name: string) => screenshot(page, `guest-checkout-${way}-${name}`);
      const page = await open(options);

      await addToCart(page, "Harbour mug", "Fog teapot");
      await shot("1-shop");
      await page.getByRole("link", { name: /^Cart/ }).click();
      await page.getByRole("button", { name: "One Harbour mug more" }).click();
      assert.equal(await cartCount(page), 3);
      await survivesReload(page);
      await shot("2-cart");
      await page.getByRole("link", { name: "Check out" }).click();
      await shot("3-checkout");
      assert.equal((await customers(shop)).length, known.length, "nobody has done more than look");

      await page.getByRole("button", { name: "Continue as Guest" }).click();
      await at(page, "/checkout/details");
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
      await at(page, "/account");
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
      assert.match(await problem(elsewhere), /do not belong together/);
      assert.equal(await elsewhere.getByLabel("Email").inputValue(), email);
      assert.equal(await elsewhere.getByLabel("Password").inputValue(), "");
      await sendCredentials(elsewhere, "Sign in", email, PASSWORD);
      await at(elsewhere, "/checkout/details");
      assert.equal(await elsewhere.getByLabel("Town").inputValue(), "Vienna");
      const second = await placeOrder(elsewhere, email);
      await elsewhere.goto("/account");
      assert.deepEqual((await orderNumbers(elsewhere)).sort(), [number, second].sort());

      await elsewhere.getByRole("button", { name: "Sign out" }).click();
      await elsewhere.getByText("You are signed out.").waitFor();
      await elsewhere.goBack();
      await at(elsewhere, "/sign-in");
      assert.equal((await customers(shop)).length, known.length + 1, "one customer all the way");
      await page.context().close();
      await elsewhere.context().close();
    });
  }

  it("says in the form what is wrong, and keeps what was typed except the password", async () => {
    const page = await open();
    await becomeGuest(page, "Low tide bowl");
    await page.getByLabel("Full name").fill("  ");
    await page.getByLabel("Email").fill("ada@localhost");
    for (const label of ["Street", "Postcode", "Town"]) await page.getByLabel(label).fill("here");
    await page.getByRole("button", { name: /^Place the order/ }).click();
    assert.match(await problem(page), /whose name.*not look like an email/s);
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

  it("brings a guest's order and cart into the account that they turn out to have", async () => {
    const page = await open();
    await becomeGuest(page, "Pebble plate");
    const number = await placeOrder(page, "other@example.com");
    await addToCart(page, "Driftwood jug");
    const guests = (await customers(shop)).length;
    await page.goto("/account");
    await page.getByRole("link", { name: "Sign in" }).click();
    await sendCredentials(page, "Sign in", "desktop@example.com", PASSWORD);
    await at(page, "/account");
    assert.ok((await orderNumbers(page)).includes(number));
    assert.equal(await cartCount(page), 1);
    assert.equal((await customers(shop)).length, guests - 1, "nobody needs the guest any more");
    await page.context().close();
  });

  it("keeps the order when the cookies are gone, and shows it to nobody else", async () => {
    const page = await open();
    await becomeGuest(page, "Dune vase");
    const number = await placeOrder(page, "cleared@example.com");
    const order = new URL(page.url()).pathname;
    await sendCredentials(page, "Create an account", "cleared@example.com", PASSWORD);
    await at(page, "/account");
    await page.context().clearCookies();
    const refused = await page.goto(order);
    assert.equal(refused?.status(), 404);
    assert.doesNotMatch(await page.content(), /Ada|Vienna/);
    await screenshot(page, "guest-checkout-no-order");
    await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await sendCredentials(page, "Sign in", "cleared@example.com", PASSWORD);
    await at(page, "/account");
    assert.deepEqual(await orderNumbers(page), [number]);
    await page.goto(order);
    await page.getByText("It is in your account").waitFor();
    await page.context().close();
  });
});
