/** Whether a password is right, in a time that reveals nothing about the account. */
import { isVerifiableArgon2id, verifyArgon2id } from "./argon2id.ts";
import { type ForeignHash, foreignHash } from "./foreign.ts";
import { hashRandomPassword } from "./hash.ts";
import { normalizePassword } from "./rules.ts";

// of a password that no one knows, with the cost of any other
const DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$K1RwZ2h4d0pWc0F5bUxxZA$0Nq3kq9Qk6gK0Vt1oZ7k3n8eS5m2yJwXcBvLr4uHaTg";

export function isRandomPassword(stored: string | null, password: string): boolean {
  if (!stored?.startsWith("$sha256$")) return false;
  return stored === hashRandomPassword(password, stored.split("$")[2] as string);
}

/**
 * One hash of each cost that was verified in this process: of a password that no one tries. A refusal takes the work of each,
 * or its time would reveal which emails have an account that was imported and not used since.
 */
const decoys = new Map<string, ForeignHash>();

// a bound on the work of a refusal; no system has more than one or two costs
const MAXIMUM_DECOYS = 3;

/**
 * Whether `stored` is the PHC string of `password`; `null` stands for no account. A wrong password always costs one
 * Argon2id, and one of each cost of other systems' hashes that this process has met, so that the time reveals neither whether
 * there is an account nor what protects it.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  if (isRandomPassword(stored, password)) return true;
  const isHashed = stored !== null && isVerifiableArgon2id(stored);
  // first in every case: a queue that is full must not reveal it either
  const verified = await verifyArgon2id(isHashed ? stored : DUMMY_HASH, normalizePassword(password));
  if (verified && isHashed) return true;
  const foreign = stored === null ? null : foreignHash(stored);
  if (foreign) {
    if (decoys.size < MAXIMUM_DECOYS && !decoys.has(foreign.cost)) decoys.set(foreign.cost, foreign);
    if (await foreign.verify(password)) return true;
  }
  for (const decoy of decoys.values()) if (decoy.cost !== foreign?.cost) await decoy.verify(password);
  return false;
}

/** Whether a hash of another system, of which `password` is the password, is to be replaced by one of that password. */
export function isReplaceable(stored: string | null, password: string): boolean {
  return stored !== null && foreignHash(stored)?.covers(password) === true;
}
