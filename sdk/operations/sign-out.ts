import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import type { Engine } from "../engine.ts";
import { endedBetween, notifyEnded } from "../hooks/hooks.ts";
import { exchangeToken } from "../merge/exchange-token.ts";
import { changeAccount } from "../storage/change.ts";
import { verifiedClaims } from "./shared/verified-claims.ts";

/** @param silent Runs no hooks: for a session whose beginning ran none */
export async function signOut(
  engine: Engine,
  token: string,
  options: { everywhere?: boolean } = {},
  silent = false,
): Promise<void> {
  const { store, hooks } = engine;
  const claims = verifiedClaims(engine, token);
  if (!claims) return;
  const settings = engine.settings.get(claims.collectionId);
  const now = engine.now();
  // the token of a merged guest: use up its exchange, so that no copy can, and end the session that it gives
  const exchanged = await exchangeToken(engine, settings, claims);
  const [id, sid] = exchanged ? [exchanged.account.id, exchanged.session.id] : [claims.id, claims.sid];
  const reason = options.everywhere ? "everywhere" : "sign_out";
  let asked = false;
  const changed = await changeAccount(
    engine,
    () => store.readAccount(settings.name, id),
    async (present) => {
      if (!liveSession(present, sid, settings, now)) return null;
      const sessions = options.everywhere ? [] : present.sessions.filter((other) => other.id !== sid);
      const next = { ...present, sessions };
      if (!silent && !asked && hooks.has("beforeSessionEnd")) {
        const ended = endedBetween(present, next, now);
        const attempt = () => ({ record: toRecord(present), sessions: [...ended], reason }) as const;
        await hooks.runBefore("beforeSessionEnd", attempt, "refused");
        asked = true;
      }
      return next;
    },
  );
  if (changed?.written && !silent) await notifyEnded(hooks, changed.before, changed.after, reason, now);
}
