/**
 * Passwords as PHC strings, the only stored format.
 *
 * - `$sha256$<salt>$<hash>` for the random password of a guest: 130 bits need no slow hash. The salt is the account's
 *   id, so a string moved to another account verifies nothing there that it did not before.
 * - `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>` for one that a person chose (OWASP's parameters).
 */

import { primitives } from "../crypto/primitives-fast.ts";
import { randomPassword } from "../crypto/random.ts";
import { hashArgon2id } from "./argon2id.ts";
import { normalizePassword } from "./rules.ts";

export function hashRandomPassword(password: string, salt: string): string {
  return `$sha256$${salt}$${primitives.sha256Base64(`${salt}:${password}`)}`;
}

/** The hash of a random password that no one sees: the account has no usable password until a reset sets one. */
export function unknownPassword(salt: string): string {
  return hashRandomPassword(randomPassword(), salt);
}

export async function hashChosenPassword(password: string): Promise<string> {
  return await hashArgon2id(normalizePassword(password));
}
