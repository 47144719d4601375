/** The same notes on another device, with a transfer code. */
import { readFileSync } from "node:fs";
import type { AuthData, Authenticated } from "anon-accounts";
import { auth, createTransferCode, signInWithToken, signInWithTransferCode } from "anon-accounts/context";
import { type Context, Hono } from "hono";
import { fields } from "../shared/forms.ts";
import { originOf } from "../shared/origin.ts";
import { mergeGuest } from "../shared/sign-in.ts";
import { anon } from "./accounts.ts";
import { codePage, enterPage } from "./device-pages.ts";
import { type Problem, problemOf } from "./messages.ts";
import { moveNotes, notesOf } from "./notes.ts";
import { storeCode, storedCode } from "./transfer-code.ts";

/** The only page with a script: see the `Content-Security-Policy` in `server.ts`. */
export const ENTER = "/another-device/enter";

const script = readFileSync(new URL("enter.js", import.meta.url), "utf8");

export const devices: Hono = new Hono();

devices.get("/enter.js", (c) => c.body(script, 200, { "Content-Type": "text/javascript; charset=utf-8" }));

devices.get("/another-device", (c) => showCode(c));

devices.post("/another-device", async (c) => {
  const visitor = await auth();
  if (!visitor) return c.redirect("/", 303);
  try {
    storeCode(c, visitor, await createTransferCode());
  } catch (error) {
    return showCode(c, problemOf(error));
  }
  return c.redirect("/another-device", 303);
});

async function showCode(c: Context, problem?: Problem): Promise<Response> {
  const visitor = await auth();
  if (!visitor) return c.redirect("/", 303);
  const code = storedCode(c, visitor);
  // after the #, which browsers do not send to servers
  const url = code && `${originOf(c)}${ENTER}#${code.code}`;
  return c.html(codePage(visitor, { code, url, enterUrl: `${originOf(c)}${ENTER}`, problem }), problem?.status ?? 200);
}

devices.get(ENTER, (c) => showEntry(c));

devices.post(ENTER, async (c) => {
  const { code, bring } = await fields(c, "code", "bring");
  const before = await auth();
  try {
    const there = await signInWithTransferCode(code);
    const brought = bring !== "" && before?.record.anonymous && (await bringNotes(before, there));
    return c.redirect(brought ? "/?notice=brought" : "/?notice=here", 303);
  } catch (error) {
    return showEntry(c, { code, bring: bring !== "", problem: problemOf(error) });
  }
});

async function showEntry(c: Context, typed: Partial<Parameters<typeof enterPage>[1]> = {}): Promise<Response> {
  const visitor = await auth();
  const own = visitor?.record.anonymous ? (await notesOf(visitor.record.id)).length : 0;
  return c.html(enterPage(visitor, { own, ...typed }), typed.problem?.status ?? 200);
}

/** Moves a guest's notes to the account of the code. Only if the guest asks for it: the code may be another person's. */
async function bringNotes(guest: Authenticated, there: AuthData): Promise<boolean> {
  const [from, to] = [guest.record.id, there.record.id];
  if (from === to) return false;
  if (!there.record.anonymous) return (await mergeGuest(guest, there)).merged;
  // A guest can only be merged into a registered account, so between two guests only the notes are moved. If that fails,
  // the browser stays signed in as its own guest.
  await signInWithToken(guest.token);
  await moveNotes(from, to);
  await anon.admin.delete({ id: from }, { onlyAnonymous: true });
  await signInWithToken(there.token);
  return true;
}
