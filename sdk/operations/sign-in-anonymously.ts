import type { Engine } from "../engine.ts";
import type { Client } from "../limits/types.ts";
import { toRecord } from "../model/record.ts";
import type { NewGuest } from "../policy/guest.ts";
import { endOfGuest } from "../policy/guest-limits.ts";
import { issueToken } from "../policy/issue-token.ts";
import { newSession } from "../policy/sessions.ts";
import type { AuthData, OwnFields } from "../types.ts";
import { createGuest } from "./create-guest.ts";
import { signInOnce } from "./sign-in-once.ts";

/** Creates an anonymous account and signs it in: one write. */
export async function signInAnonymously(
  engine: Engine,
  options: { collection?: string; data?: OwnFields; idempotencyKey?: string } = {},
  client?: Client,
): Promise<AuthData> {
  const { idempotencyKey } = options;
  if (idempotencyKey !== undefined) return signInOnce(engine, { ...options, idempotencyKey }, client);
  const settings = engine.settings.of(options.collection);
  const now = engine.now();
  const session = newSession(settings, now, endOfGuest(now, settings));
  const answer = ({ account }: NewGuest) => ({
    token: issueToken(engine.keyring, account, session, session.created),
    record: toRecord(account),
  });
  return await createGuest(engine, settings, [session], options.data, answer, { client });
}
