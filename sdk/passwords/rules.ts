/** Which passwords a person may choose. */
import { AnonError } from "../errors.ts";

const MINIMUM_CHARACTERS = 8;
const MAXIMUM_BYTES = 1_024;

export function checkPassword(password: string): void {
  // first: normalisation can turn one letter into eighteen
  if (typeof password === "string" && isTooLong(password)) {
    throw new AnonError("weak_password", "Cannot use this password: use at most 1,024 bytes");
  }
  if (typeof password !== "string" || charactersOf(password) < MINIMUM_CHARACTERS) {
    throw new AnonError("weak_password", `Cannot use this password: use at least ${MINIMUM_CHARACTERS} characters`);
  }
  if (!password.isWellFormed()) {
    throw new AnonError("weak_password", "Cannot use this password: it is not well-formed Unicode text");
  }
}

/** Keyboards differ in whether a letter is one character or two: NIST SP 800-63B asks for NFKC. */
export function normalizePassword(password: string): string {
  return password.normalize("NFKC");
}

/** As typed or as hashed, whichever is less: a letter in two parts counts once, and so does a ligature of three. */
function charactersOf(password: string): number {
  return Math.min([...password].length, [...normalizePassword(password)].length);
}

/** Whether a password is longer than any that is accepted, so that hashing it would be useless work. */
export function isTooLong(password: string): boolean {
  // a character has at most three bytes per UTF-16 unit
  return password.length > MAXIMUM_BYTES || new TextEncoder().encode(password).length > MAXIMUM_BYTES;
}
