/** Redirects to the list, which shows the result. Only to our own pages: this prevents open redirects. */
import type { Context } from "hono";
import type { Failure, Notice } from "./messages.ts";

export function succeed(c: Context, word: Notice): Response {
  return c.redirect(`/?notice=${word}`, 303);
}

export function fail(c: Context, word: Failure): Response {
  return c.redirect(`/?error=${word}`, 303);
}
