/** Shared by the tests of tokens: a key, arbitrary input of tokens, and a check that a token is refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createKeyring, type Keyring } from "../../sdk/tokens/keyring.ts";
import type { TokenInput } from "../../sdk/tokens/payload.ts";
import { readToken } from "../../sdk/tokens/token.ts";

export const SECRET = "a secret of at least 32 characters, for tests only";
export const OTHER = "another secret of at least 32 characters for tests";
export const NOW = 1_700_000_000_000;
export const keyring: Keyring = createKeyring(SECRET);
export const key: Uint8Array<ArrayBuffer> = new TextEncoder().encode(SECRET);

const word = (length: number) => fc.stringMatching(new RegExp(`^[a-z0-9]{${length}}$`));

/** The input of a valid token issued at `NOW`. */
export const input: fc.Arbitrary<TokenInput> = fc.record({
  id: fc.oneof(word(15), fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)),
  collection: fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/),
  sid: word(16),
  anonymous: fc.boolean(),
  issued: fc.constant(NOW),
  expires: fc.integer({ min: NOW + 1_000, max: NOW + 400 * 86_400_000 }),
});

/** Header, payload and signature. */
export function parts(token: string): [string, string, string] {
  return token.split(".") as [string, string, string];
}

/** Fails if `token` is accepted at `NOW`. */
export function refused(token: unknown): void {
  if (readToken(keyring, token as string, NOW) !== null) assert.fail(`accepted ${String(token).slice(0, 300)}`);
}
