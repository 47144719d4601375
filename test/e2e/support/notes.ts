/** Actions of visitors in the notes app. */
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { newVisitor } from "./browser.ts";
import { type Example, startExample } from "./example.ts";
import { button, enter, showsText } from "./pages.ts";

/** The notes app, with its notes in the example's directory. */
export function startNotes(https: boolean): Promise<Example> {
  return startExample("try-before-you-buy", { https, env: (directory) => ({ NOTES_DIR: join(directory, "notes") }) });
}

/** The notes on a page. */
export function notesOn(page: Page): Promise<string[]> {
  return page.locator(".notes li p").allTextContents();
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel("New note").fill(text);
  await button(page, "Save note").click();
  await page.locator(".notes li p").getByText(text, { exact: true }).waitFor();
}

export async function keep(page: Page, email: string): Promise<void> {
  await page.goto("/keep");
  await enter(page, "Keep my work", email);
  await showsText(page, "Kept.");
}

/** A page of a new visitor. */
export async function openPage(browser: Browser, { url }: Example, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await newVisitor(browser, url, options)).newPage();
  await page.goto("/");
  return page;
}

/** Shows a code on a device; returns the code. */
export async function codeOf(page: Page): Promise<string> {
  await page.goto("/");
  await button(page, "Use it on another device").click();
  return (await page.locator("p.code").textContent()) ?? "";
}

/** Enters a code on a device. */
export async function typeCode(page: Page, code: string): Promise<void> {
  await page.goto("/another-device/enter");
  await page.getByLabel("Code", { exact: true }).fill(code);
  await button(page, "Show those notes here").click();
}
