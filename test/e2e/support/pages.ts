/** What visitors do on the pages of the examples that work without scripts. */
import assert from "node:assert/strict";
import type { APIResponse, BrowserContext, Locator, Page } from "playwright-core";
import { accountsOf, type Example } from "./example.ts";

export const PASSWORD = "correct horse battery";

export function button(page: Page | Locator, name: string): Locator {
  return page.getByRole("button", { name, exact: true });
}

/** Fills in email and password, and sends them. */
export async function enter(
  form: Page | Locator,
  name: string,
  email: string,
  password: string = PASSWORD,
): Promise<void> {
  await form.getByLabel("Email").fill(email);
  await form.getByLabel("Password").fill(password);
  await button(form, name).click();
}

/** Waits until a page says so. */
export async function says(page: Page, message: string | RegExp): Promise<void> {
  await page.getByText(message).first().waitFor();
}

/** Waits until a page says, as an alert, what is wrong. */
export async function refuses(page: Page, message: RegExp): Promise<void> {
  await page.getByRole("alert").filter({ hasText: message }).waitFor();
}

/** Sends a form without a page around it, as a second click does while the first is under way. */
export function post(
  context: BrowserContext,
  { url }: Example,
  path: string,
  form: Record<string, string>,
  origin: string = url,
): Promise<APIResponse> {
  return context.request.post(`${url}${path}`, { form, headers: { origin }, maxRedirects: 0 });
}

/** Sends a form of a length that is not told beforehand, which some middleware makes a new request of. */
export async function postInChunks({ url }: Example, path: string, form: Record<string, string>): Promise<number> {
  const headers = { origin: url, "content-type": "application/x-www-form-urlencoded" };
  const body = new Blob([`${new URLSearchParams(form)}`]).stream();
  return (await fetch(`${url}${path}`, { method: "POST", headers, body, duplex: "half" } as RequestInit)).status;
}

/** The cookie is the only one, of those that `url` gets, and as the browser should hold it. */
export async function holdsCookie(context: BrowserContext, https: boolean, url?: string): Promise<void> {
  const cookies = await context.cookies(url);
  assert.deepEqual(
    cookies.map(({ name, secure, httpOnly, sameSite, path, domain }) => [
      name,
      secure,
      httpOnly,
      sameSite,
      path,
      domain,
    ]),
    [[https ? "__Host-anon" : "anon", https, true, "Lax", "/", "localhost"]],
  );
}

/** The accounts that an example has made, by id. */
export async function idsOf(example: Example): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of accountsOf(example).admin.list()) ids.push(id);
  return ids.sort();
}
