import type { TokenClaims } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";

/** Longer than the requests of one page take, and short for a browser whose guest was registered on another device. */
const REPLACED_MS = 60_000;

/**
 * Whether a guest's token died because the guest was registered or merged within the last minute: then the browser has a
 * cookie of the account, or is about to get one. Judged by what is stored anyway: the time of a merge, and the sessions,
 * because a registration ends every earlier one. So a sign-in to an account that was registered long ago keeps no other
 * browser waiting while an older session of the account lives.
 */
export async function wasReplaced(engine: Engine, claims: TokenClaims): Promise<boolean> {
  const settings = claims.anonymous ? engine.settings.find(claims.collectionId) : null;
  const account = settings && (await engine.store.readAny(settings.name, claims.id))?.account;
  if (!account) return false;
  // in either direction: another server's clock may be ahead, and must not lock a browser out until this one catches up
  const isRecent = (at: number): boolean => Math.abs(engine.now() - at) < REPLACED_MS;
  if (account.merged) return isRecent(account.merged.at);
  const { anonymous, sessions } = account;
  return !anonymous && sessions.length > 0 && sessions.every(({ created }) => isRecent(created));
}
