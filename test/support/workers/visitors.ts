/**
 * Visitors of one server: they sign in, come back, stay away for a while and register. Every acknowledged activity is
 * written to a journal with the time before the call, so the activity itself is never earlier than in the journal.
 * Meanwhile a loop checks which accounts exist: a missing account is written down with the time after the check, so it
 * was never deleted later than in the journal.
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { input, receive, send } from "./line.ts";

export interface VisitorsInput {
  url: string;
  secret: string;
  collection: string;
  activityResolution: number;
  /** The longest time that a guest stays away, in milliseconds. */
  away: number;
  journal: string;
}

/** One line of the journal; `at` is in milliseconds since the epoch. */
export interface Activity {
  id: string;
  at: number;
  what: "signed in" | "authenticated" | "converted" | "gone" | "missing" | "unexpected";
  token?: string;
  email?: string;
  error?: string;
}

const VISITORS = 40;
const { url, secret, collection, activityResolution, away, journal } = input<VisitorsInput>();
const anon = createAnon({ storage: await open(url), secret, activityResolution });
let stopped = false;
receive().then(() => {
  stopped = true;
});
const known = new Set<string>();
let number = 0;

function write(activity: Activity): void {
  if (activity.what === "signed in") known.add(activity.id);
  appendFileSync(journal, `${JSON.stringify(activity)}\n`);
}

/** A guest from its first visit to its last. */
async function visit(): Promise<void> {
  let at = Date.now();
  const { record, token } = await anon.signInAnonymously({ collection });
  const { id } = record;
  write({ id, at, what: "signed in", token });
  // some guests never come back
  while (!stopped && Math.random() < 0.8) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * away));
    at = Date.now();
    if (Math.random() < 0.25) {
      const email = `visitor${number++}@example.com`;
      try {
        const converted = await anon.convert(token, { email, password: "correct horse" });
        write({ id, at, what: "converted", token: converted.token, email });
      } catch (error) {
        const refused = error instanceof AnonError && ["invalid_token", "not_found"].includes(error.code);
        write({ id, at: Date.now(), what: refused ? "gone" : "unexpected", error: String(error) });
      }
      return;
    }
    if (!(await anon.authenticate(token))) return write({ id, at: Date.now(), what: "gone" });
    write({ id, at, what: "authenticated", token });
  }
}

async function visitors(): Promise<void> {
  while (!stopped) {
    try {
      await visit();
    } catch (error) {
      write({ id: "", at: Date.now(), what: "unexpected", error: String((error as Error)?.stack ?? error) });
      return;
    }
  }
}

async function watch(): Promise<void> {
  while (!stopped) {
    const missing = new Set(known);
    for await (const { id } of anon.admin.list({ collection })) missing.delete(id);
    for (const id of missing) {
      if ((await anon.admin.get({ collection, id })) !== null) continue;
      write({ id, at: Date.now(), what: "missing" });
      known.delete(id);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

await Promise.all([watch(), ...Array.from({ length: VISITORS }, visitors)]);
await anon.dispose();
await send("done");
process.exit(0);
