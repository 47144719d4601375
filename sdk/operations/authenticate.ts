import type { Account, Session } from "../account/account.ts";
import { active, dueOf, mustWriteActivity } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import { isWorn, liveSession, renewed } from "../account/sessions.ts";
import { stateOf } from "../account/state.ts";
import type { Authenticated, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { isPromise } from "../is-promise.ts";
import { exchangeToken } from "../merge/exchange-token.ts";
import { settleIncoming } from "../merge/finish.ts";
import type { Settings } from "../settings/collections.ts";
import { AGAIN, retry } from "../storage/retry.ts";
import type { StoredAccount } from "../storage/store.ts";
import { issueToken } from "../tokens/issue.ts";
import { isSignedByCurrentKey, readToken } from "../tokens/token.ts";

/**
 * Returns no promise where the storage has the account at once and nothing has to be written: it would cost a request more
 * than the lookup does.
 *
 * @param verified The token's claims, if the caller has verified them
 */
export function authenticate(
  engine: Engine,
  token: string | null,
  verified: TokenClaims | null = null,
): Authenticated | null | Promise<Authenticated | null> {
  const claims = token === null ? null : (verified ?? readToken(engine.keyring, token, engine.now()));
  const settings = claims && engine.settings.find(claims.collectionId);
  if (!settings || token === null) return null;
  const attempt = { engine, settings, token, claims };
  // nearly always the only attempt, so every request does without the loop of the others
  return engine.store.useAny<Authenticated | null>(settings.name, claims.id, (read) => {
    const judged = judge(attempt, read, true);
    if (isPromise(judged)) return judged.then((first) => (first === AGAIN ? judgeAgain(attempt) : first));
    return judged === AGAIN ? judgeAgain(attempt) : judged;
  });
}

function judgeAgain(attempt: Attempt): Promise<Authenticated | null> {
  const { engine, settings, claims } = attempt;
  return retry("write this account's activity", async () =>
    judge(attempt, await engine.store.readAny(settings.name, claims.id), false),
  );
}

interface Attempt {
  engine: Engine;
  settings: Settings;
  token: string;
  claims: TokenClaims;
}

type Judged = Authenticated | null | typeof AGAIN;

/** No promise where nothing has to be written or read, as in nearly every request. */
function judge(attempt: Attempt, read: StoredAccount | null, isFirst: boolean): Judged | Promise<Judged> {
  const { engine, settings, token, claims } = attempt;
  if (!read) return null;
  const { account } = read;
  const state = stateOf(account);
  if (state === "merged") return exchange(attempt);
  const now = engine.now();
  // the token may have expired since it was verified, while a request body was read
  const isExpired = claims.exp * 1_000 <= now;
  const session = state === "quarantined" || isExpired ? undefined : liveSession(account, claims.sid, settings, now);
  if (!session) return null;
  if (account.incoming && isFirst) return settle(attempt, account);
  const next = renewed(account, session, settings, now);
  return next || mustWriteActivity(account, settings, now)
    ? write(attempt, read, session, next, now)
    : authenticated(engine, account, session, token, claims, now);
}

async function exchange({ engine, settings, claims }: Attempt): Promise<Judged> {
  const exchanged = await exchangeToken(engine, settings, claims);
  return exchanged && reissued(engine, exchanged.account, exchanged.session);
}

/** A merge into this account was interrupted or is in progress. */
async function settle({ engine, settings }: Attempt, account: Account): Promise<Judged> {
  await settleIncoming(engine, settings, account).catch((error) => leftForLater(engine, error));
  return AGAIN;
}

async function write(
  { engine, settings, token, claims }: Attempt,
  read: StoredAccount,
  session: Session,
  next: Session | null,
  now: number,
): Promise<Judged> {
  const { account } = read;
  const changed = active(next ? { ...account, sessions: replaced(account.sessions, next) } : account, now);
  try {
    // the account changed in the meantime, and this session may have ended
    if (!(await engine.store.replace(read, changed, dueOf(changed, settings)))) return AGAIN;
  } catch (error) {
    if (!isOfStorage(error)) throw error;
    // this request needs only the session that was read, and the next one writes again. If the write succeeded after all,
    // the old token is still valid for the renewed session.
    engine.hooks.reportError({ hook: "authenticate", error });
    return authenticated(engine, account, session, token, claims, now);
  }
  return next ? reissued(engine, changed, next) : authenticated(engine, changed, session, token, claims, now);
}

/** A merge that cannot be finished now (fields that do not fit, no room) must not lock the account's owner out. */
function leftForLater(engine: Engine, error: unknown): void {
  if (isOfStorage(error)) engine.hooks.reportError({ hook: "authenticate", error });
}

function isOfStorage(error: unknown): error is AnonError {
  return error instanceof AnonError && (error.code === "storage_unavailable" || error.code === "storage_corrupt");
}

function authenticated(
  engine: Engine,
  account: Account,
  session: Session,
  token: string,
  claims: TokenClaims,
  now: number,
): Authenticated | null {
  // an older token ends before its session: the response with the renewed token was lost
  const isLatest = claims.exp >= Math.floor(session.expires / 1_000);
  if (isLatest && !isWorn(claims, now) && isSignedByCurrentKey(engine.keyring, token))
    return { record: toRecord(account), token, claims };
  // a token signed with a secret that is being rotated out is replaced before that secret is removed
  return reissued(engine, account, session);
}

function reissued(engine: Engine, account: Account, session: Session): Authenticated | null {
  const now = engine.now();
  const token = issueToken(engine.keyring, account, session, now);
  const claims = readToken(engine.keyring, token, now);
  // `null` when the session ended while its account was written
  return claims && { record: toRecord(account), token, claims };
}

function replaced(sessions: readonly Session[], session: Session): Session[] {
  return sessions.map((other) => (other.id === session.id ? session : other));
}
