import { active } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import type { Client } from "../contract/limits.ts";
import type { AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded } from "../hooks/hooks.ts";
import { subjectOfAccount } from "../limits/subjects.ts";
import { checkPassword, isTooLong } from "../passwords/rules.ts";
import { changeAccount } from "../storage/change.ts";
import { limitAttempts } from "./shared/limit-attempts.ts";
import { verifiedClaims } from "./shared/verified-claims.ts";

export async function changePassword(
  engine: Engine,
  token: string,
  input: { oldPassword: string; password: string },
  client?: Client,
): Promise<AnonRecord> {
  const { store } = engine;
  const claims = verifiedClaims(engine, token);
  if (!claims) throw invalidToken();
  const settings = engine.settings.get(claims.collectionId);
  checkPassword(input.password);
  const read = () => store.readAccount(settings.name, claims.id);
  const stored = (await read())?.account.password;
  const { oldPassword } = input;
  if (stored === undefined || typeof oldPassword !== "string" || isTooLong(oldPassword)) throw refused();
  const counted = {
    passwordsPerAddress: client?.address,
    passwordsPerIdentity: subjectOfAccount(settings.name, claims.id),
  };
  const isRight = await limitAttempts(engine, counted, () => engine.verifyPassword(stored, oldPassword));
  if (!isRight) throw refused();
  const password = await engine.hashPassword(input.password);
  const changed = await changeAccount(engine, read, (present) => {
    const session = liveSession(present, claims.sid, settings, engine.now());
    if (!session) throw invalidToken();
    // the password may have been changed while the old one was being verified
    if (present.password !== stored) throw refused();
    const now = engine.now();
    return active({ ...present, password, sessions: [session], updated: now }, now);
  });
  if (!changed) throw invalidToken();
  await notifyEnded(engine.hooks, changed.before, changed.after, "password", engine.now());
  return toRecord(changed.after);
}

function invalidToken(): AnonError {
  return new AnonError("invalid_token", "Cannot change the password: the token is expired, revoked or not ours");
}

function refused(): AnonError {
  return new AnonError("invalid_credentials", "Cannot change the password: the old one is wrong");
}
