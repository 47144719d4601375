/**
 * The first proof of an unverified email. Anyone can register with another person's address, so what was set up before
 * that proof may be a squatter's: a session, an external identity, the password. It ends when the address is proven by
 * a person who is not signed in to the account, or the squatter would keep a way into an account that its owner now
 * relies on.
 */

import type { TokenClaims } from "../contract/records.ts";
import { unknownPassword } from "../passwords/hash.ts";
import type { Settings } from "../settings/collections.ts";
import type { Account } from "./account.ts";
import { vouchesFor } from "./identity.ts";
import { liveSession } from "./sessions.ts";

export interface Prover {
  /** As it is to be stored. Default: the account's. */
  email?: string;
  /** The claims of the tokens that came with the proof. */
  signedIn?: readonly TokenClaims[];
}

/**
 * The account once its email is proven. It is handed over, unless the prover is signed in to it or the email was
 * verified before. The id, the username and the own fields never change.
 */
export function proven(
  account: Account,
  { email = account.email, signedIn = [] }: Prover,
  settings: Settings,
  now: number,
): Account {
  return mustHandOver(account, { signedIn }, settings, now)
    ? handedOver(account, email)
    : { ...account, email, verified: true };
}

export function mustHandOver(account: Account, { signedIn = [] }: Prover, settings: Settings, now: number): boolean {
  const isOwn = ({ id, collectionId, sid }: TokenClaims): boolean =>
    id === account.id && collectionId === account.collection && liveSession(account, sid, settings, now) !== undefined;
  return !account.verified && !signedIn.some(isOwn);
}

/**
 * Without every session, every identity but those whose service vouches for the same address, the password, and the
 * merges that were begun. Mailed tokens and codes end with the password.
 */
function handedOver({ incoming: _begun, identities = [], ...account }: Account, email: string): Account {
  const kept = identities.filter((one) => vouchesFor(one, email));
  return {
    ...account,
    ...(kept.length === 0 ? {} : { identities: kept }),
    email,
    verified: true,
    password: unknownPassword(account.id),
    sessions: [],
  };
}
