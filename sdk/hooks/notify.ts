/** Runs after-hooks, and builds their parameters only where there are hooks. */
import type { Account } from "../account/account.ts";
import { toRecord } from "../account/record.ts";
import type { SessionEnd, SignedIn } from "../contract/hooks.ts";
import type { Hooks } from "./hooks.ts";

/** For a new guest, which is signed in if it has a session. */
export async function notifyCreated(hooks: Hooks, account: Account): Promise<void> {
  const record = () => toRecord(account);
  if (hooks.has("afterCreate")) await hooks.runAfter("afterCreate", () => ({ record: record() }));
  const [session] = account.sessions;
  if (session) await notifySignedIn(hooks, account, "anonymous", session.id);
}

export async function notifySignedIn(
  hooks: Hooks,
  account: Account,
  method: SignedIn["method"],
  session: string,
): Promise<void> {
  if (!hooks.has("afterSignIn")) return;
  await hooks.runAfter("afterSignIn", () => ({ record: toRecord(account), method, session }));
}

/** Reports the sessions that a change ended, without those that had expired by `now`. */
export async function notifyEnded(
  hooks: Hooks,
  before: Account,
  after: Account,
  reason: SessionEnd,
  now: number,
): Promise<void> {
  if (!hooks.has("afterSessionEnd")) return;
  const ended = endedBetween(before, after, now);
  if (ended.length === 0) return;
  await hooks.runAfter("afterSessionEnd", () => ({ record: toRecord(after), sessions: [...ended], reason }));
}

/** The ids of the living sessions that an account loses by a change. */
export function endedBetween(before: Account, after: Account, now: number): string[] {
  const kept = new Set(after.sessions.map(({ id }) => id));
  return before.sessions.filter(({ id, expires }) => expires > now && !kept.has(id)).map(({ id }) => id);
}
