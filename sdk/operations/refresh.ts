import { active } from "../account/activity.ts";
import { extended, liveSession } from "../account/sessions.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { authDataOf } from "./shared/begin-session.ts";
import { verifiedClaims } from "./shared/verified-claims.ts";

export async function refresh(engine: Engine, token: string): Promise<AuthData> {
  const { store } = engine;
  const claims = verifiedClaims(engine, token);
  if (!claims) throw dead();
  const settings = engine.settings.get(claims.collectionId);
  const now = engine.now();
  const changed = await changeAccount(
    engine,
    () => store.readAccount(settings.name, claims.id),
    (present) => {
      if (!liveSession(present, claims.sid, settings, now)) throw dead();
      const sessions = present.sessions.map((other) =>
        other.id === claims.sid ? extended(present, other, settings, now) : other,
      );
      return active({ ...present, sessions }, now);
    },
  );
  const account = changed?.after;
  const session = account && liveSession(account, claims.sid, settings, now);
  if (!session) throw dead();
  return authDataOf(engine, account, session, now);
}

function dead(): AnonError {
  return new AnonError("invalid_token", "Cannot refresh this token: it is expired, revoked or not ours");
}
