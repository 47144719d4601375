import type { Account, Session } from "../account/account.ts";
import { active, dueOf, mustWriteActivity } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import { isWorn, liveSession, renewed } from "../account/sessions.ts";
import type { Authenticated, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { exchange } from "../merge/exchange.ts";
import { settleIncoming } from "../merge/finish.ts";
import type { Settings } from "../settings/collections.ts";
import { backOff } from "../storage/back-off.ts";
import { issueToken } from "../tokens/issue.ts";
import { isSignedByCurrentKey, readToken } from "../tokens/token.ts";

const MAXIMUM_ATTEMPTS = 63;

/**
 * Whose token this is, or `null` when it is expired, revoked, forged, or its account is gone: one read, and a write at
 * most once per `activityResolution` or when the session is renewed.
 *
 * @param verified the token's claims, from whoever has verified it already
 */
export function authenticate(
  engine: Engine,
  token: string | null,
  verified: TokenClaims | null = null,
): Promise<Authenticated | null> {
  const claims = token === null ? null : (verified ?? readToken(engine.keyring, token, engine.now()));
  const settings = claims && engine.settings.find(claims.collectionId);
  if (!settings || token === null) return Promise.resolve(null);
  return attempt(engine, settings, token, claims, 0);
}

// one promise behind the storage's own, and not those of an async function: this is on the way of every request
function attempt(
  engine: Engine,
  settings: Settings,
  token: string,
  claims: TokenClaims,
  attempts: number,
): Promise<Authenticated | null> {
  return engine.store.readAny(settings.name, claims.id).then((read) => {
    if (read?.account.merged)
      return exchange(engine, settings, claims).then((one) => one && reissued(engine, one.account, one.session));
    if (read?.account.quarantine) return null;
    const now = engine.now();
    // since it was verified a whole body may have come in
    const session = read && claims.exp * 1_000 > now ? liveSession(read.account, claims.sid, settings, now) : null;
    if (!read || !session) return null;
    const { account } = read;
    if (account.incoming && attempts === 0) {
      // a merge into this account was interrupted, or is under way
      const settled = settleIncoming(engine, settings, account).catch((error) => leftForLater(engine, error));
      return settled.then(() => attempt(engine, settings, token, claims, 1));
    }
    const next = renewed(account, session, settings, now);
    const due = mustWriteActivity(account, settings, now);
    if (!next && !due) return answer(engine, account, session, token, claims, now);
    const changed = active(next ? { ...account, sessions: replaced(account.sessions, next) } : account, now);
    return engine.store.replace(read, changed, dueOf(changed, settings)).then(
      async (written) => {
        if (written)
          return next ? reissued(engine, changed, next) : answer(engine, changed, session, token, claims, now);
        // the account was changed meanwhile, perhaps by ending this session: look again
        if (attempts === MAXIMUM_ATTEMPTS) throw tooMany();
        await backOff(attempts);
        return await attempt(engine, settings, token, claims, attempts + 1);
      },
      (error) => {
        if (!isOfStorage(error)) throw error;
        // the session was read, and that is all this request needs; the next one writes again. If the write happened
        // after all, the old token still is one of the renewed session.
        engine.happenings.report({ hook: "authenticate", error });
        return answer(engine, account, session, token, claims, now);
      },
    );
  });
}

/** A merge that cannot be finished now (fields that do not fit, no room) is no reason to keep the account's owner out. */
function leftForLater(engine: Engine, error: unknown): void {
  if (isOfStorage(error)) engine.happenings.report({ hook: "authenticate", error });
}

function isOfStorage(error: unknown): error is AnonError {
  return error instanceof AnonError && (error.code === "storage_unavailable" || error.code === "storage_corrupt");
}

function tooMany(): AnonError {
  return new AnonError(
    "conflict",
    "Cannot write this account's activity: too many change it at the same time, try again",
  );
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
