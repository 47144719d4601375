import type { Engine } from "../engine.ts";
import { toRecord } from "../model/record.ts";
import { issueToken } from "../policy/issue-token.ts";
import { newSession } from "../policy/sessions.ts";
import type { AuthData, OwnFields } from "../types.ts";
import { createGuest } from "./create-guest.ts";
import { signInOnce } from "./sign-in-once.ts";

/** Creates an anonymous account and signs it in: one write. */
export async function signInAnonymously(
  engine: Engine,
  options: { collection?: string; data?: OwnFields; idempotencyKey?: string } = {},
): Promise<AuthData> {
  const { idempotencyKey } = options;
  if (idempotencyKey !== undefined) return signInOnce(engine, { ...options, idempotencyKey });
  const settings = engine.settings.of(options.collection);
  const session = newSession(settings, engine.now());
  return createGuest(engine, settings, [session], options.data, ({ account }) => ({
    token: issueToken(engine.keyring, account, session, session.created),
    record: toRecord(account),
  }));
}
