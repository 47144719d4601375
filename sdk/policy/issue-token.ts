/** Tokens of sessions. */
import type { Keyring } from "../crypto/keyring.ts";
import { signToken } from "../crypto/token.ts";
import type { Account, Session } from "../model/account.ts";

/** A token for a session of an account, issued now (milliseconds since the epoch) and valid as long as the session. */
export function issueToken(keyring: Keyring, account: Account, session: Session, now: number): string {
  return signToken(keyring, {
    id: account.id,
    collection: account.collection,
    sid: session.id,
    anonymous: account.anonymous,
    issued: now,
    expires: session.expires,
  });
}
