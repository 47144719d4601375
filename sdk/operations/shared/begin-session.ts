import type { Account, Session } from "../../account/account.ts";
import { active } from "../../account/activity.ts";
import { endOf } from "../../account/lifetime.ts";
import { toRecord } from "../../account/record.ts";
import { newSession, withSession } from "../../account/sessions.ts";
import type { SignInMethod } from "../../contract/hooks.ts";
import type { Client } from "../../contract/limits.ts";
import type { AuthData } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { notifyEnded, notifySignedIn } from "../../hooks/hooks.ts";
import type { Settings } from "../../settings/collections.ts";
import { changeAccount, type ReadAccount } from "../../storage/change.ts";
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

/**
 * Begins one more session of an account and runs the hooks that follow.
 *
 * @param mayBegin Checks the value that the swap replaces: the account may have changed since its proof was checked
 * @param change What else changes in that swap
 * @returns `null` when there is no account or the session may not begin
 * @throws {AnonError} `conflict`
 */
export async function beginSession(
  engine: Engine,
  settings: Settings,
  method: SignInMethod,
  read: ReadAccount,
  mayBegin: (account: Account, now: number) => boolean = () => true,
  change: (account: Account) => Account = (account) => account,
): Promise<AuthData | null> {
  const now = engine.now();
  let session = newSession(settings, now);
  const changed = await changeAccount(engine, read, (present) => {
    if (!mayBegin(present, now)) return null;
    session = newSession(settings, now, endOf(present, settings), session.id);
    return active({ ...change(present), sessions: withSession(present, session, settings, now) }, now);
  });
  if (!changed?.written) return null;
  const { before, after } = changed;
  await notifySignedIn(engine.hooks, after, method, session.id);
  await notifyEnded(engine.hooks, before, after, "limit", now);
  return authDataOf(engine, after, session, now);
}

export function authDataOf({ keyring }: Engine, account: Account, session: Session, now: number): AuthData {
  return { token: issueToken(keyring, account, session, now), record: toRecord(account) };
}
