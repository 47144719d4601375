import type { Account, Session } from "../account/account.ts";
import { active, dueOf, mustWriteActivity } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import { isWorn, liveSession, renewed } from "../account/sessions.ts";
import { stateOf } from "../account/state.ts";
import type { Authenticated, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { exchange } from "../merge/exchange.ts";
import { settleIncoming } from "../merge/finish.ts";
import type { Settings } from "../settings/collections.ts";
import { AGAIN, attempts } from "../storage/attempts.ts";
import { issueToken } from "../tokens/issue.ts";
import { isSignedByCurrentKey, readToken } from "../tokens/token.ts";

/** @param verified the token's claims, if they were verified already */
export async function authenticate(
  engine: Engine,
  token: string | null,
  verified: TokenClaims | null = null,
): Promise<Authenticated | null> {
  const claims = token === null ? null : (verified ?? readToken(engine.keyring, token, engine.now()));
  const settings = claims && engine.settings.find(claims.collectionId);
  if (!settings || token === null) return null;
  // nearly always the only one, on the way of every request
  const first = await attempt(engine, settings, token, claims, true);
  if (first !== AGAIN) return first;
  return await attempts("write this account's activity", () => attempt(engine, settings, token, claims, false));
}

async function attempt(
  engine: Engine,
  settings: Settings,
  token: string,
  claims: TokenClaims,
  isFirst: boolean,
): Promise<Authenticated | null | typeof AGAIN> {
  const read = await engine.store.readAny(settings.name, claims.id);
  if (!read) return null;
  const { account } = read;
  const state = stateOf(account);
  if (state === "merged") {
    const exchanged = await exchange(engine, settings, claims);
    return exchanged && reissued(engine, exchanged.account, exchanged.session);
  }
  const now = engine.now();
  // since it was verified a whole body may have come in
  const isExpired = claims.exp * 1_000 <= now;
  const session = state === "quarantined" || isExpired ? undefined : liveSession(account, claims.sid, settings, now);
  if (!session) return null;
  if (account.incoming && isFirst) {
    // a merge into this account was interrupted, or is under way
    await settleIncoming(engine, settings, account).catch((error) => leftForLater(engine, error));
    return AGAIN;
  }
  const next = renewed(account, session, settings, now);
  if (!next && !mustWriteActivity(account, settings, now)) return answer(engine, account, session, token, claims, now);
  const changed = active(next ? { ...account, sessions: replaced(account.sessions, next) } : account, now);
  try {
    // changed meanwhile, perhaps by ending this session: look again
    if (!(await engine.store.replace(read, changed, dueOf(changed, settings)))) return AGAIN;
  } catch (error) {
    if (!isOfStorage(error)) throw error;
    // the session was read, and that is all this request needs; the next one writes again. If the write happened after all,
    // the old token still is one of the renewed session.
    engine.hooks.reportError({ hook: "authenticate", error });
    return answer(engine, account, session, token, claims, now);
  }
  return next ? reissued(engine, changed, next) : answer(engine, changed, session, token, claims, now);
}

/** A merge that cannot be finished now (fields that do not fit, no room) is no reason to keep the account's owner out. */
function leftForLater(engine: Engine, error: unknown): void {
  if (isOfStorage(error)) engine.hooks.reportError({ hook: "authenticate", error });
}

function isOfStorage(error: unknown): error is AnonError {
  return error instanceof AnonError && (error.code === "storage_unavailable" || error.code === "storage_corrupt");
}

function answer(
  engine: Engine,
  account: Account,
  session: Session,
  token: string,
  claims: TokenClaims,
  now: number,
): Authenticated | null {
  // of a session that was renewed by a request whose answer was lost, the token would end before the session does
  const isLatest = claims.exp >= Math.floor(session.expires / 1_000);
  if (isLatest && !isWorn(claims, now) && isSignedByCurrentKey(engine.keyring, token))
    return { record: toRecord(account), token, claims };
  // or the secret is being rotated: hand out a token of the new one before the old one is dropped
  return reissued(engine, account, session);
}

function reissued(engine: Engine, account: Account, session: Session): Authenticated | null {
  const now = engine.now();
  const token = issueToken(engine.keyring, account, session, now);
  const claims = readToken(engine.keyring, token, now);
  // the session ended while its account was written
  return claims && { record: toRecord(account), token, claims };
}

function replaced(sessions: Session[], session: Session): Session[] {
  return sessions.map((other) => (other.id === session.id ? session : other));
}
