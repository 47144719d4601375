/** Codes that people carry from one screen to another, as they are shown and as they are typed. */

/** Characters of a code: at 5 bits each 80 bits, of which a million codes to hit at once leave 60. */
export const CODE_LENGTH = 16;

const CANONICAL = new RegExp(`^[0-9A-HJKMNP-TV-Z]{${CODE_LENGTH}}$`);

// a bound on the work that an arbitrary text can cause
const MAXIMUM_LENGTH = 64;

/** A code as it is shown, `XXXX-XXXX-XXXX-XXXX`: what is read aloud and typed is read by fours. */
export function shownCode(code: string): string {
  return code.replace(/(?<=.)(?=(?:.{4})+$)/g, "-");
}

/**
 * The one spelling of a code, or `null` for what is none. Case, separators and the width of letters mean nothing, and what
 * Crockford's alphabet leaves out is what it was taken for: O is 0, I and L are 1.
 */
export function canonicalCode(typed: string): string | null {
  if (typeof typed !== "string" || typed.length > MAXIMUM_LENGTH) return null;
  const plain = typed
    .normalize("NFKC")
    .replace(/[\s\p{P}]/gu, "")
    .toUpperCase()
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  return CANONICAL.test(plain) ? plain : null;
}
