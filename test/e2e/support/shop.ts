/** Actions of customers in the shop. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { accountsOf, type Example, type ExampleOptions, startExample } from "./example.ts";

/** The shop, with its data in the example's directory. */
export function startShop(options: ExampleOptions = {}): Promise<Example> {
  return startExample("guest-checkout", {
    ...options,
    env: (directory) => ({ SHOP_DIR: join(directory, "shop"), ...options.env?.(directory) }),
  });
}

/** The shop's stored accounts: their ids, and the emails of registered ones. */
export async function customers(shop: Example): Promise<{ id: string; email: string | null }[]> {
  const found: { id: string; email: string | null }[] = [];
  for await (const { id, email, anonymous } of accountsOf(shop).admin.list({ collection: "customers" })) {
    found.push({ id, email: anonymous ? null : email });
  }
  return found;
}

export async function addToCart(page: Page, ...names: string[]): Promise<void> {
  await page.goto("/");
  for (const name of names) await page.getByRole("button", { name: `Add to cart: ${name}` }).click();
}

/** The number of pieces in the cart, which every page shows. */
export async function cartCount(page: Page): Promise<number> {
  return Number.parseInt((await page.locator(".cart-link b").textContent()) ?? "", 10);
}

/** From the shop to the page with the delivery address. */
export async function checkOutAsGuest(page: Page, ...names: string[]): Promise<void> {
  await addToCart(page, ...names);
  await page.getByRole("link", { name: /^Cart/ }).click();
  await page.getByRole("link", { name: "Check out" }).click();
  await page.getByRole("button", { name: "Continue as Guest" }).click();
  await waitForPath(page, "/checkout/details");
}

export async function fillDelivery(page: Page, email: string): Promise<void> {
  await page.getByLabel("Full name").fill("Ada Lovelace");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Street").fill("Hauptstraße 1 <b>");
  await page.getByLabel("Postcode").fill("1010");
  await page.getByLabel("Town").fill("Vienna");
}

/** From the address to the last page; returns the order's number. */
export async function placeOrder(page: Page, email: string): Promise<string> {
  await fillDelivery(page, email);
  await page.getByRole("button", { name: /^Place the order/ }).click();
  await page.getByRole("heading", { name: "Thank you, Ada." }).waitFor();
  return (await orderNumbers(page))[0]!;
}

export async function orderNumbers(page: Page): Promise<string[]> {
  const headings = await page.getByRole("heading", { name: /^Order [0-9A-F]{8}$/ }).allTextContents();
  return headings.map((heading) => heading.slice("Order ".length));
}

/** Fills in the form for creating an account, or for signing in, and sends it. */
export async function sendCredentials(page: Page, button: string, email: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: button, exact: true }).click();
}

export async function waitForPath(page: Page, path: string): Promise<void> {
  await page.waitForURL((url) => url.pathname === path);
}

/** The page's error messages. */
export async function problem(page: Page): Promise<string> {
  return (await page.locator(".notice.bad, .wrong").allTextContents()).join(" ");
}

/** Checks that reloading does not change the page. */
export async function survivesReload(page: Page): Promise<void> {
  const before = await page.locator("body").textContent();
  const path = new URL(page.url()).pathname;
  await page.reload();
  assert.equal(new URL(page.url()).pathname, path);
  assert.equal(await page.locator("body").textContent(), before);
}
