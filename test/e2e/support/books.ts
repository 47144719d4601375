/** What visitors do in the example of the reading list, and at its provider. */
import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { visitor } from "./browser.ts";
import { accountsOf, type Example, type ExampleOptions, startExample } from "./example.ts";
import { button, enter, says } from "./pages.ts";

/** The reading list, with its provider on a free port, too. */
export function startList(options: ExampleOptions = {}): Promise<Example> {
  return startExample("sign-in-with-oidc", { ...options, env: () => ({ PROVIDER_PORT: "0" }) });
}

/** A page of a visitor with cookies of their own. Whatever it asks for is on this machine. */
export async function opened(browser: Browser, { url }: Example, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await visitor(browser, url, options);
  context.on("request", (request) => {
    assert.match(request.url(), /^(https?:\/\/(localhost|127\.0\.0\.1):|data:)/);
  });
  const page = await context.newPage();
  page.on("console", (message) => assert.doesNotMatch(message.text(), /Content Security Policy|Refused/));
  await page.goto("/");
  return page;
}

export async function add(page: Page, ...books: string[]): Promise<void> {
  for (const book of books) {
    await page.getByLabel("Book").fill(book);
    await button(page, "Put it on the list").click();
    await page.locator(".books li").getByText(book, { exact: true }).waitFor();
  }
}

/** The books on the list, in the order of the alphabet. */
export async function listed(page: Page): Promise<string[]> {
  return (await page.locator(".books li").allTextContents()).sort();
}

/** Goes to the provider, up to where it asks who somebody is. */
export async function goToProvider(page: Page, name = "Continue with Loopback ID"): Promise<void> {
  await button(page, name).click();
  await page.getByRole("heading", { name: "Who are you?" }).waitFor();
}

/** Says to the provider who it is, and comes back. */
export async function be(page: Page, person: "Ada" | "Grace" | "Mallory"): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${person}`) }).click();
  await page.waitForURL((url) => ["/", "/bring"].includes(url.pathname) && url.hostname === "localhost");
}

export async function continueAs(page: Page, person: "Ada" | "Grace" | "Mallory"): Promise<void> {
  await goToProvider(page);
  await be(page, person);
}

/** Makes a guest's an account with a password. */
export async function register(page: Page, email: string): Promise<void> {
  await page.getByRole("link", { name: "create an account with a password" }).click();
  await enter(page, "Create an account", email);
  await says(page, "Kept.");
}

/** The account of a page's browser: its id, whether it is a guest's, and what it is signed in to with. */
export async function accountOf(
  page: Page,
  example: Example,
): Promise<{ id: string; anonymous: boolean; email: string; verified: boolean; subjects: number }> {
  const cookie = (await page.context().cookies()).find(({ name }) => name.endsWith("anon"));
  const { record, identities } = await accountsOf(example).exportAccount(cookie?.value ?? "");
  const { id, anonymous, email, verified } = record;
  return { id, anonymous, email, verified, subjects: identities.length };
}
