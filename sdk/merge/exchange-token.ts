/**
 * Another tab of the browser that merged still has the guest's token. It is exchanged once, for a session of its own. An
 * attacker who planted the token in that browser gets no more than this one session, which the owner sees and can end.
 */

import type { Account, Session } from "../account/account.ts";
import { active } from "../account/activity.ts";
import type { Merged } from "../account/optional-state.ts";
import { newSession } from "../account/sessions.ts";
import type { TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { notifySignedIn } from "../hooks/hooks.ts";
import type { Settings } from "../settings/collections.ts";
import { changeAccount } from "../storage/change.ts";
import { finishMerge, isUnfinished, leaveUnlessOutage } from "./finish.ts";
import { isAccountProven } from "./proofs.ts";

/** Enough for requests that were under way during the merge. */
const EXCHANGE_MS = 60_000;

export interface Exchanged {
  account: Account;
  session: Session;
}

/**
 * Exchanges the token that proved the guest in the merge, within a minute of it. `null` unless the account's own proof
 * still holds and the account has room for a session, because no other session is ended for it.
 */
export async function exchangeToken(
  engine: Engine,
  settings: Settings,
  { id, sid }: Pick<TokenClaims, "id" | "sid">,
): Promise<Exchanged | null> {
  const { store } = engine;
  // first, so that a crash in between costs the session and never leaves two
  const merged = await useUp(engine, settings, id, sid);
  if (!merged) return null;
  const session = newSession(settings, engine.now());
  const changed = await changeAccount(
    engine,
    () => store.readAccount(settings.name, merged.into),
    (present) => {
      const now = engine.now();
      const living = present.sessions.filter(({ expires }) => expires > now);
      if (!isAccountProven(present, merged, settings, now) || living.length >= settings.maxSessions) return null;
      return active({ ...present, sessions: [...living, session] }, now);
    },
  );
  if (!changed?.written) return null;
  const { after: account } = changed;
  await notifySignedIn(engine.hooks, account, "merge", session.id);
  return { account, session };
}

/** Marks the token as exchanged. Of all requests with it one gets the merge, the others `null`. */
async function useUp(engine: Engine, settings: Settings, id: string, sid: string): Promise<Merged | null> {
  const read = () => engine.store.readAny(settings.name, id);
  const found = await read();
  if (isUnfinished(found)) await finishMerge(engine, settings, found).catch(leaveUnlessOutage);
  const used = await changeAccount(engine, read, (guest) => {
    const { merged } = guest;
    if (!merged || merged.exchanged || merged.sid !== sid) return null;
    if (engine.now() >= Math.min(merged.at + EXCHANGE_MS, merged.until)) return null;
    return { ...guest, merged: { ...merged, exchanged: true } };
  });
  return used?.written ? (used.after.merged as Merged) : null;
}
