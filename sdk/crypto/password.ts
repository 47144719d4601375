/**
 * Passwords as PHC strings, the only stored format.
 *
 * - `$sha256$<salt>$<hash>` for the random password of a guest: 130 bits need no slow hash. The salt is the account's
 *   id, so a string moved to another account verifies nothing there that it did not before.
 * - `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>` for one that a person chose (OWASP's parameters).
 */
import { normalizePassword } from "../model/password-rules.ts";
import { hashArgon2id, verifyArgon2id } from "./argon2id.ts";
import { primitives } from "./primitives.ts";
import { randomPassword } from "./random.ts";

// of a password nobody knows: what an unknown identity is checked against, so that it takes as long as a known one
const NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$K1RwZ2h4d0pWc0F5bUxxZA$0Nq3kq9Qk6gK0Vt1oZ7k3n8eS5m2yJwXcBvLr4uHaTg";

/** Hashes a random password. Not for one that a person chose. */
export function hashRandomPassword(password: string, salt: string): string {
  return `$sha256$${salt}$${primitives.sha256Base64(`${salt}:${password}`)}`;
}

/** The hash of a new random password that is shown to no caller: there is none until one is set by a reset. */
export function unknownPassword(salt: string): string {
  return hashRandomPassword(randomPassword(), salt);
}

/** Hashes a password that a person chose. */
export async function hashChosenPassword(password: string): Promise<string> {
  return await hashArgon2id(normalizePassword(password));
}

/** Whether `password` is the one behind a stored PHC string; `null` (nobody's) takes the time of one and is `false`. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  if (stored?.startsWith("$sha256$")) {
    return stored === hashRandomPassword(password, stored.split("$")[2] as string);
  }
  const verified = await verifyArgon2id(stored ?? NOBODY, normalizePassword(password));
  return verified && stored !== null;
}
