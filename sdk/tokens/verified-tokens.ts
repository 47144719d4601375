import type { TokenClaims } from "../contract/records.ts";

/** A power of two. With about half a kilobyte for a token they take at most a megabyte. */
const SLOTS = 2_048;

interface Verified {
  token: string;
  claims: TokenClaims;
}

/**
 * The claims of tokens that were verified, because the requests of a visitor send the same token again and again. Each token has one
 * slot, which it takes when it is added the second time in a row: one that does not come again costs no memory.
 */
export class VerifiedTokens {
  readonly #marks = new Int32Array(SLOTS);
  readonly #slots: (Verified | undefined)[] = new Array(SLOTS).fill(undefined);

  /** A copy, because the application gets the claims. */
  find(token: string): TokenClaims | undefined {
    const found = this.#slots[markOf(token) & (SLOTS - 1)];
    return found?.token === token ? { ...found.claims } : undefined;
  }

  add(token: string, claims: TokenClaims): void {
    const mark = markOf(token);
    const slot = mark & (SLOTS - 1);
    if (this.#marks[slot] === mark) this.#slots[slot] = { token: copyOf(token), claims: { ...claims } };
    else this.#marks[slot] = mark;
  }
}

/** With memory of its own: a part of a string keeps all of it, and tokens are cut out of headers with many cookies. */
function copyOf(token: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(token));
}

/** Of the last characters: the end of a signature is as good as random. */
function markOf(token: string): number {
  let mark = 0;
  for (let at = Math.max(0, token.length - 8); at < token.length; at++) mark = (mark * 33) ^ token.charCodeAt(at);
  return mark;
}
