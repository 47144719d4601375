/** The subjects of limits, hashed so that counters reveal no identities. */

import { canonicalEmail } from "../account/email.ts";
import { canonicalUsername } from "../account/username.ts";
import { primitives } from "../crypto/primitives-fast.ts";

/**
 * The identity that was typed, and not its account: limits must not reveal that two names belong to one account.
 * `undefined` for a text that no account can have.
 */
export function subjectOfIdentity(collection: string, identity: string): string | undefined {
  const canonical = canonicalEmail(identity) ?? canonicalUsername(identity);
  return canonical === null ? undefined : primitives.sha256Hex(`name:${collection}:${canonical}`);
}

export function subjectOfAccount(collection: string, id: string): string {
  return primitives.sha256Hex(`id:${collection}:${id}`);
}

/** Resets of an account's password: wrong passwords must not keep its owner from resetting it. */
export function subjectOfReset(collection: string, id: string): string {
  return primitives.sha256Hex(`reset:${collection}:${id}`);
}

/** A recipient of mails of one type: requests for another type must not use up what an owner needs to get back in. */
export function subjectOfRecipient(type: string, email: string): string | undefined {
  const canonical = canonicalEmail(email);
  return canonical === null ? undefined : primitives.sha256Hex(`${type}:${canonical}`);
}
