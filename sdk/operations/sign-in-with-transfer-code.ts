import { active } from "../account/activity.ts";
import { endOf } from "../account/lifetime.ts";
import { toRecord } from "../account/record.ts";
import { newSession, withSession } from "../account/sessions.ts";
import { useCode } from "../codes/code.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded, notifySignedIn } from "../hooks/notify.ts";
import { changeAccount } from "../storage/change.ts";
import { issueToken } from "../tokens/issue.ts";
import { goodCode } from "./shared/good-code.ts";

/**
 * Signs in to the account that made a transfer code, which is then used up: one more session of that account.
 *
 * @throws {AnonError} `invalid_transfer_code`, the same for a wrong, expired or used one; `rate_limited`, `refused`
 */
export async function signInWithTransferCode(
  engine: Engine,
  code: string,
  options: { collection?: string } = {},
  client?: Client,
): Promise<AuthData> {
  const { store, hooks } = engine;
  const settings = engine.settings.get(options.collection);
  const found = await goodCode(engine, settings, "transfer", code, client);
  if (!found) throw refused();
  if (hooks.has("beforeSignIn")) {
    const attempt = () =>
      ({ record: toRecord(found.account), method: "transfer_code", request: client?.request }) as const;
    await hooks.runBefore("beforeSignIn", attempt, "refused");
  }

  // first, whatever comes of it: a session that was begun before could be begun twice
  if (!(await useCode(store, found.code))) throw refused();
  const now = engine.now();
  const session = newSession(settings, now, endOf(found.account, settings));
  const signedIn = await changeAccount(
    engine,
    // the session that made the code may have ended since
    found.read,
    (present) => active({ ...present, sessions: withSession(present, session, settings, now) }, now),
  );
  if (!signedIn) throw refused();
  const { before, after: account } = signedIn;
  await notifySignedIn(hooks, account, "transfer_code", session.id);
  await notifyEnded(hooks, before, account, "limit", now);
  return { token: issueToken(engine.keyring, account, session, now), record: toRecord(account) };
}

function refused(): AnonError {
  return new AnonError("invalid_transfer_code", "Cannot sign in: this code is wrong, expired or used already");
}
