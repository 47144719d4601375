/** Hashes of other systems, as accounts are imported with them. */
import { AnonError } from "../errors.ts";
import { isVerifiableArgon2id } from "./argon2id.ts";

// what `hashRandomPassword` makes; a password that a person chose is never hashed so
const RANDOM = /^\$sha256\$[A-Za-z0-9_-]{1,64}\$[A-Za-z0-9+/]{43}$/;

/**
 * The string that is stored for a hash of another system.
 *
 * @throws {AnonError} `unsupported_hash`
 */
export function storedHashOf(hash: string): string {
  if (typeof hash === "string" && (RANDOM.test(hash) || isVerifiableArgon2id(hash))) return hash;
  throw new AnonError(
    "unsupported_hash",
    "Cannot keep this password hash: it has no supported form, or asks for too much work; import the account without it",
  );
}
