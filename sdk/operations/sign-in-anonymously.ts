import type { NewGuest } from "../account/guest.ts";
import { endOfGuest } from "../account/lifetime.ts";
import { toRecord } from "../account/record.ts";
import { newSession } from "../account/sessions.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, OwnFields } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { issueToken } from "../tokens/issue.ts";
import { createGuest } from "./shared/create-guest.ts";
import { signInWithIdempotencyKey } from "./shared/sign-in-with-idempotency-key.ts";

export function signInAnonymously(
  engine: Engine,
  options: { collection?: string; data?: OwnFields; idempotencyKey?: string } = {},
  client?: Client,
): Promise<AuthData> {
  const { idempotencyKey } = options;
  try {
    return idempotencyKey === undefined
      ? signIn(engine, options, client)
      : signInWithIdempotencyKey(engine, { ...options, idempotencyKey }, client);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Not an async function, whose promise would be felt. */
function signIn(
  engine: Engine,
  options: { collection?: string; data?: OwnFields },
  client: Client | undefined,
): Promise<AuthData> {
  const settings = engine.settings.get(options.collection);
  const now = engine.now();
  const session = newSession(settings, now, endOfGuest(now, settings));
  const signedIn = ({ account }: NewGuest) => ({
    token: issueToken(engine.keyring, account, session, session.created),
    record: toRecord(account),
  });
  return createGuest(engine, settings, [session], options.data, signedIn, { client });
}
