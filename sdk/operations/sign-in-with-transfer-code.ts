import { active } from "../account/activity.ts";
import { endOf } from "../account/lifetime.ts";
import { newSession, withSession } from "../account/sessions.ts";
import { useCode } from "../codes/code.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { checkSignIn, signedIn } from "./shared/begin-session.ts";
import { goodCode } from "./shared/good-code.ts";

export async function signInWithTransferCode(
  engine: Engine,
  code: string,
  options: { collection?: string } = {},
  client?: Client,
): Promise<AuthData> {
  const settings = engine.settings.get(options.collection);
  const found = await goodCode(engine, settings, "transfer", code, client);
  if (!found) throw refused();
  await checkSignIn(engine, found.account, "transfer_code", client);

  // first, whatever comes of it: a session that was begun before could be begun twice
  if (!(await useCode(engine.store, found.code))) throw refused();
  const now = engine.now();
  const session = newSession(settings, now, endOf(found.account, settings));
  const changed = await changeAccount(
    engine,
    // the session that made the code may have ended since
    found.read,
    (present) => active({ ...present, sessions: withSession(present, session, settings, now) }, now),
  );
  if (!changed) throw refused();
  return signedIn(engine, changed, "transfer_code", session, now);
}

function refused(): AnonError {
  return new AnonError("invalid_transfer_code", "Cannot sign in: this code is wrong, expired or used already");
}
