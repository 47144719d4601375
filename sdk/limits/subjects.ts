/** Whom limits count for, as a hash: what people typed is nobody's business who looks at counters. */

import { canonicalEmail } from "../account/email.ts";
import { canonicalUsername } from "../account/username.ts";
import { primitives } from "../crypto/primitives.ts";

/**
 * An identity as somebody typed it. Not whose it is: two names of one account must not be told by what limits them.
 * `undefined` for what nobody can have.
 */
export function subjectOfIdentity(collection: string, identity: string): string | undefined {
  const canonical = canonicalEmail(identity) ?? canonicalUsername(identity);
  return canonical === null ? undefined : primitives.sha256Hex(`name:${collection}:${canonical}`);
}

/** An account, by whoever is signed in to it. */
export function subjectOfAccount(collection: string, id: string): string {
  return primitives.sha256Hex(`id:${collection}:${id}`);
}

/** Resets of an account's password: wrong passwords must not keep its owner from resetting it. */
export function subjectOfReset(collection: string, id: string): string {
  return primitives.sha256Hex(`reset:${collection}:${id}`);
}

/** A recipient of mails of one type: whoever asks for another type must not use up what somebody needs to get back in. */
export function subjectOfRecipient(type: string, email: string): string | undefined {
  const canonical = canonicalEmail(email);
  return canonical === null ? undefined : primitives.sha256Hex(`${type}:${canonical}`);
}
