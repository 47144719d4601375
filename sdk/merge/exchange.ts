/**
 * The token of a guest that was merged is exchanged once, for a session of its own: for another tab of the browser that
 * merged. A copy that was planted in that browser before gets no more than this one session, which the owner sees and can end.
 */

import type { Account, Session } from "../account/account.ts";
import { active } from "../account/activity.ts";
import type { Merged } from "../account/optional-state.ts";
import { newSession } from "../account/sessions.ts";
import type { TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifySignedIn } from "../hooks/notify.ts";
import type { Settings } from "../settings/collections.ts";
import { changeAccount } from "../storage/change.ts";
import { finishMerge, isUnfinished } from "./finish.ts";
import { isAccountProven } from "./proofs.ts";

/** For requests that were under way during the merge. */
const EXCHANGE_MS = 60_000;

/** The account that a guest was merged into, with the session that a token of the guest was exchanged for. */
export interface Exchanged {
  account: Account;
  session: Session;
}

/**
 * Exchanges the token of a guest that was merged, if it proved the merge, within a minute, once, and as long as the
 * account's own proof holds and there is room for a session: none is pushed out for it.
 */
export async function exchange(
  engine: Engine,
  settings: Settings,
  { id, sid }: Pick<TokenClaims, "id" | "sid">,
): Promise<Exchanged | null> {
  const { store } = engine;
  // first, so that a crash in between costs the session, and no second one begins
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

/** Notes with the guest that its token was exchanged: of all requests with the token one does. */
async function useUp(engine: Engine, settings: Settings, id: string, sid: string): Promise<Merged | null> {
  const read = () => engine.store.readAny(settings.name, id);
  const found = await read();
  if (isUnfinished(found)) await finishMerge(engine, settings, found).catch(leftForLater);
  const used = await changeAccount(engine, read, (guest) => {
    const { merged } = guest;
    if (!merged || merged.exchanged || merged.sid !== sid) return null;
    if (engine.now() >= Math.min(merged.at + EXCHANGE_MS, merged.until)) return null;
    return { ...guest, merged: { ...merged, exchanged: true } };
  });
  return used?.written ? (used.after.merged as Merged) : null;
}

/** A merge whose fields do not fit now is finished another time. */
function leftForLater(error: unknown): void {
  if (error instanceof AnonError && error.code === "storage_unavailable") throw error;
}
