/** Whether a password is right, in a time that reveals nothing about the account. */
import { verifyArgon2id } from "./argon2id.ts";
import { hashRandomPassword } from "./hash.ts";
import { normalizePassword } from "./rules.ts";

// of a password that no one knows, with the cost of any other
const DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$K1RwZ2h4d0pWc0F5bUxxZA$0Nq3kq9Qk6gK0Vt1oZ7k3n8eS5m2yJwXcBvLr4uHaTg";

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
