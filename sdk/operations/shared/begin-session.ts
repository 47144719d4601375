/** What the sign-ins have in common before and after their session is stored. */
import type { Account, Session } from "../../account/account.ts";
import { toRecord } from "../../account/record.ts";
import type { SignInMethod } from "../../contract/hooks.ts";
import type { Client } from "../../contract/limits.ts";
import type { AuthData } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { notifyEnded, notifySignedIn } from "../../hooks/notify.ts";
import type { Changed } from "../../storage/change.ts";
import { issueToken } from "../../tokens/issue.ts";

/** Runs `beforeSignIn`, which throws if it refuses. */
export async function checkSignIn(
  { hooks }: Engine,
  account: Account,
  method: SignInMethod,
  client: Client | undefined,
): Promise<void> {
  if (!hooks.has("beforeSignIn")) return;
  const attempt = () => ({ record: toRecord(account), method, request: client?.request });
  await hooks.runBefore("beforeSignIn", attempt, "refused");
}

/** Reports a session that was stored, and those that ended because of `maxSessions`. */
export async function signedIn(
  engine: Engine,
  { before, after }: Changed,
  method: SignInMethod,
  session: Session,
  now: number,
): Promise<AuthData> {
  await notifySignedIn(engine.hooks, after, method, session.id);
  await notifyEnded(engine.hooks, before, after, "limit", now);
  return authDataOf(engine, after, session, now);
}

export function authDataOf({ keyring }: Engine, account: Account, session: Session, now: number): AuthData {
  return { token: issueToken(keyring, account, session, now), record: toRecord(account) };
}
