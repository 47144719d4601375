/** The same notes on another device: a code that one shows, and the other one is told. */
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
import { keepCode, keptCode } from "./transfer-code.ts";

/** The one page with a script, of a few lines: see the `Content-Security-Policy` in `server.ts`. */
export const ENTER = "/another-device/enter";

const script = readFileSync(new URL("enter.js", import.meta.url), "utf8");

export const devices: Hono = new Hono();

devices.get("/enter.js", (c) => c.body(script, 200, { "Content-Type": "text/javascript; charset=utf-8" }));

devices.get("/another-device", (c) => shown(c));

devices.post("/another-device", async (c) => {
  const visitor = await auth();
  if (!visitor) return c.redirect("/", 303);
  try {
    keepCode(c, visitor, await createTransferCode());
  } catch (error) {
    return shown(c, problemOf(error));
  }
  return c.redirect("/another-device", 303);
});

async function shown(c: Context, problem?: Problem): Promise<Response> {
  const visitor = await auth();
  if (!visitor) return c.redirect("/", 303);
  const code = keptCode(c, visitor);
  // behind the #, which browsers send to nobody
  const url = code && `${originOf(c)}${ENTER}#${code.code}`;
  return c.html(codePage(visitor, { code, url, typedAt: `${originOf(c)}${ENTER}`, problem }), problem?.status ?? 200);
}

devices.get(ENTER, (c) => asked(c));

devices.post(ENTER, async (c) => {
  const { code, bring } = await fields(c, "code", "bring");
  const before = await auth();
  try {
    const there = await signInWithTransferCode(code);
    const brought = bring !== "" && before?.record.anonymous && (await bringNotes(before, there));
    return c.redirect(brought ? "/?said=brought" : "/?said=here", 303);
  } catch (error) {
    return asked(c, { code, bring: bring !== "", problem: problemOf(error) });
  }
});

async function asked(c: Context, typed: Partial<Parameters<typeof enterPage>[1]> = {}): Promise<Response> {
  const visitor = await auth();
  const own = visitor?.record.anonymous ? (await notesOf(visitor.record.id)).length : 0;
  return c.html(enterPage(visitor, { own, ...typed }), typed.problem?.status ?? 200);
}

/** Moves a guest's notes to whom the code was of. That is asked for: the code may be of somebody else. */
async function bringNotes(guest: Authenticated, there: AuthData): Promise<boolean> {
  const [from, to] = [guest.record.id, there.record.id];
  if (from === to) return false;
  if (!there.record.anonymous) return (await mergeGuest(guest, there)).merged;
  // Guests are merged into registered accounts only, so that of two guests the notes move by themselves. Should that
  // fail, the browser is who it was.
  await signInWithToken(guest.token);
  await moveNotes(from, to);
  await anon.admin.delete({ id: from }, { onlyAnonymous: true });
  await signInWithToken(there.token);
  return true;
}
