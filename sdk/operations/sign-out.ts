import type { Engine } from "../engine.ts";
import { dueOf } from "../policy/activity.ts";
import { liveSession } from "../policy/sessions.ts";
import { changeAccount } from "../storage/change.ts";
import { verifyToken } from "./verify-token.ts";

/**
 * Ends the session of a token, or with `everywhere` all of its account's. A token that is no longer valid has nothing
 * left to end, and ends nothing else either.
 */
export async function signOut(engine: Engine, token: string, options: { everywhere?: boolean } = {}): Promise<void> {
  const { store } = engine;
  const claims = verifyToken(engine, token);
  if (!claims) return;
  const settings = engine.settings.of(claims.collectionId);
  const now = engine.now();
  await changeAccount(
    store,
    () => store.readAccount(settings.name, claims.id),
    (present) => {
      if (!liveSession(present, claims.sid, now)) return null;
      const sessions = options.everywhere ? [] : present.sessions.filter((other) => other.id !== claims.sid);
      return { ...present, sessions };
    },
    (next) => dueOf(next, settings),
  );
}
