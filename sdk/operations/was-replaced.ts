import type { Engine } from "../engine.ts";
import type { TokenClaims } from "../types.ts";

/** Longer than the requests of one page take, and short for a browser whose guest was registered on another device. */
const REPLACED_MS = 60_000;

/**
 * Whether a guest's token died because the guest was registered or merged within the last minute: then the browser has a
 * cookie of the account, or is about to get one. Judged by what is stored anyway: the session that a registration begins,
 * and the time of a merge. A sign-in to the account within that minute looks the same, and delays a new guest by it.
 */
export async function wasReplaced(engine: Engine, claims: TokenClaims): Promise<boolean> {
  const settings = claims.anonymous ? engine.settings.find(claims.collectionId) : null;
  const account = settings && (await engine.store.readAny(settings.name, claims.id))?.account;
  if (!account) return false;
  const since = engine.now() - REPLACED_MS;
  if (account.merged) return account.merged.at > since;
  return !account.anonymous && account.sessions.some(({ created }) => created > since);
}
