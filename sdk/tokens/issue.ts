import type { Account, Session } from "../account/account.ts";
import type { Keyring } from "./keyring.ts";
import { signToken } from "./token.ts";

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
