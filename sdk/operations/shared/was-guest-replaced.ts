import type { TokenClaims } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";

/** Longer than the requests of one page take, and short for a browser whose guest was registered on another device. */
const RECENT_MS = 60_000;

/**
 * Whether a guest's token is invalid because the guest was registered or merged within the last minute. Then the browser
 * has a cookie of the account, or is about to get one. A registration ends every earlier session, so it was recent only if
 * all sessions are: an old account with an older session keeps no browser waiting when someone signs in to it.
 */
export async function wasGuestReplaced(engine: Engine, claims: TokenClaims): Promise<boolean> {
  const settings = claims.anonymous ? engine.settings.find(claims.collectionId) : null;
  const account = settings && (await engine.store.readAny(settings.name, claims.id))?.account;
  if (!account) return false;
  // in both directions: a server whose clock is ahead must not lock a browser out until this clock catches up
  const isRecent = (at: number): boolean => Math.abs(engine.now() - at) < RECENT_MS;
  if (account.merged) return isRecent(account.merged.at);
  const { anonymous, sessions } = account;
  return !anonymous && sessions.length > 0 && sessions.every(({ created }) => isRecent(created));
}
