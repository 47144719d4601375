/**
 * Passwords as PHC strings, the only stored format.
 *
 * - `$sha256$<salt>$<hash>` for the random password of a guest: 130 bits need no slow hash. The salt is the account's
 *   id, so a string moved to another account verifies nothing there that it did not before.
 * - `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>` for one that a person chose (OWASP's parameters).
 */

import { primitives } from "../crypto/primitives-fast.ts";
import { randomPassword } from "../crypto/random.ts";
import { hashArgon2id, verifyArgon2id } from "./argon2id.ts";
import { normalizePassword } from "./rules.ts";

// of a password that no one knows, with the cost of any other
const DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$K1RwZ2h4d0pWc0F5bUxxZA$0Nq3kq9Qk6gK0Vt1oZ7k3n8eS5m2yJwXcBvLr4uHaTg";

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

export function isRandomPassword(stored: string | null, password: string): boolean {
  if (!stored?.startsWith("$sha256$")) return false;
  return stored === hashRandomPassword(password, stored.split("$")[2] as string);
}

/**
 * Whether `stored` is the PHC string of `password`; `null` stands for no account. A wrong password always costs one
 * Argon2id, so that the time reveals neither whether there is an account nor what protects it.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  if (isRandomPassword(stored, password)) return true;
  const isHashed = stored !== null && !stored.startsWith("$sha256$");
  const verified = await verifyArgon2id(isHashed ? stored : DUMMY_HASH, normalizePassword(password));
  return verified && isHashed;
}
