/** Actions and checks on the examples' pages. */
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

/** Waits until the page shows a text. */
export async function showsText(page: Page, message: string | RegExp): Promise<void> {
  await page.getByText(message).first().waitFor();
}

/** Waits until the page shows an alert with a text. */
export async function showsAlert(page: Page, message: RegExp): Promise<void> {
  await page.getByRole("alert").filter({ hasText: message }).waitFor();
}

/** Sends a form without a page, for example to send two at the same time. */
export function post(
  context: BrowserContext,
  { url }: Example,
  path: string,
  form: Record<string, string>,
  origin: string = url,
): Promise<APIResponse> {
  return context.request.post(`${url}${path}`, { form, headers: { origin }, maxRedirects: 0 });
}

/** Sends a form without a Content-Length: some middleware then creates a new request. */
export async function postInChunks({ url }: Example, path: string, form: Record<string, string>): Promise<number> {
  const headers = { origin: url, "content-type": "application/x-www-form-urlencoded" };
  const body = new Blob([`${new URLSearchParams(form)}`]).stream();
  return (await fetch(`${url}${path}`, { method: "POST", headers, body, duplex: "half" } as RequestInit)).status;
}

/** Checks that the session cookie is the only cookie for `url`, with safe attributes. */
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

/** The ids of an example's accounts. */
export async function idsOf(example: Example): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of accountsOf(example).admin.list()) ids.push(id);
  return ids.sort();
}
