/** Codes as they are shown and as they are typed. */

/** Characters of a code: at 5 bits each 80 bits, of which a million codes to hit at once leave 60. */
export const CODE_LENGTH = 16;

const CANONICAL = new RegExp(`^[0-9A-HJKMNP-TV-Z]{${CODE_LENGTH}}$`);

// a bound on the work that an arbitrary text can cause
const MAXIMUM_LENGTH = 64;

/** `XXXX-XXXX-XXXX-XXXX`: people read and type a code in groups of four. */
export function shownCode(code: string): string {
  return code.replace(/(?<=.)(?=(?:.{4})+$)/g, "-");
}

/**
 * The one spelling of a code, or `null` for any other text. Case, separators and the width of letters do not count.
 * Letters that Crockford's alphabet leaves out are read as the digits that they look like: O as 0, I and L as 1.
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
