/** Actions of visitors in the reading list and at its provider. */
import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { newVisitor } from "./browser.ts";
import { accountsOf, type Example, type ExampleOptions, startExample } from "./example.ts";
import { button, enter, showsText } from "./pages.ts";

/** The reading list, with its provider on a free port. */
export function startList(options: ExampleOptions = {}): Promise<Example> {
  return startExample("sign-in-with-oidc", { ...options, env: () => ({ PROVIDER_PORT: "0" }) });
}

/** A page of a new visitor, who must not send requests to other machines. */
export async function openPage(browser: Browser, { url }: Example, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await newVisitor(browser, url, options);
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

/** The books on the list, in alphabetical order. */
export async function booksOn(page: Page): Promise<string[]> {
  return (await page.locator(".books li").allTextContents()).sort();
}

/** Goes to the provider's sign-in page. */
export async function goToProvider(page: Page, name = "Continue with Loopback ID"): Promise<void> {
  await button(page, name).click();
  await page.getByRole("heading", { name: "Who are you?" }).waitFor();
}

/** Signs in at the provider, and returns. */
export async function choosePerson(page: Page, person: "Ada" | "Grace" | "Mallory"): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${person}`) }).click();
  await page.waitForURL((url) => ["/", "/bring"].includes(url.pathname) && url.hostname === "localhost");
}

export async function continueAs(page: Page, person: "Ada" | "Grace" | "Mallory"): Promise<void> {
  await goToProvider(page);
  await choosePerson(page, person);
}

/** Converts a guest with a password. */
export async function register(page: Page, email: string): Promise<void> {
  await page.getByRole("link", { name: "create an account with a password" }).click();
  await enter(page, "Create an account", email);
  await showsText(page, "Kept.");
}

/** The account of a page's browser, and its number of identities. */
export async function accountOf(
  page: Page,
  example: Example,
): Promise<{ id: string; anonymous: boolean; email: string; verified: boolean; subjects: number }> {
  const cookie = (await page.context().cookies()).find(({ name }) => name.endsWith("anon"));
  const { record, identities } = await accountsOf(example).exportAccount(cookie?.value ?? "");
  const { id, anonymous, email, verified } = record;
  return { id, anonymous, email, verified, subjects: identities.length };
}
