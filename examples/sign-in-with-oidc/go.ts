/** Back to the list, which says what happened. Only to our own pages, so there is no address that leads elsewhere. */
import type { Context } from "hono";
import type { Said, WentWrong } from "./messages.ts";

export function said(c: Context, word: Said): Response {
  return c.redirect(`/?said=${word}`, 303);
}

export function wrong(c: Context, word: WentWrong): Response {
  return c.redirect(`/?wrong=${word}`, 303);
}
