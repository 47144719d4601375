/**
 * SHA-256 and HMAC-SHA-256. `osloPrimitives` is the plain form, which runs in Workers; with node:crypto one token takes
 * a tenth of its time. `primitives-fast.ts` adds Bun's hasher, and chooses.
 */
import { hmac as osloHmac } from "@oslojs/crypto/hmac";
import { sha256 as osloSha256, SHA256 } from "@oslojs/crypto/sha2";
import { encodeBase64NoPadding, encodeBase64urlNoPadding, encodeHexLowerCase } from "@oslojs/encoding";

/** HMAC-SHA-256 of a fixed beginning and ASCII text, with a fixed key, as base64url without padding. */
export interface Mac {
  sign(text: string): string;
  /** Whether `token` from a place on is what {@link sign} returns, in constant time. */
  verify(text: string, token: string, from: number): boolean;
}

export interface Primitives {
  name: "bun" | "node" | "oslo";
  /** SHA-256 of the UTF-8 of `text`, as base64 without padding. */
  sha256Base64(text: string): string;
  /** SHA-256 of the UTF-8 of `text`, as lower-case hex. */
  sha256Hex(text: string): string;
  /** Prepares a key and what every text begins with, once. */
  macWith(key: Uint8Array, beginning?: string): Mac;
}

export type NodeCrypto = typeof import("node:crypto");

const encoder = new TextEncoder();

export const osloPrimitives: Primitives = {
  name: "oslo",
  sha256Base64: (text) => encodeBase64NoPadding(osloSha256(encoder.encode(text))),
  sha256Hex: (text) => encodeHexLowerCase(osloSha256(encoder.encode(text))),
  macWith: (key, beginning = "") =>
    macOf((text) => encodeBase64urlNoPadding(osloHmac(SHA256, key, encoder.encode(beginning + text)))),
};

/**
 * Compares as text: of the ways to write the last bits of a signature in base64 only the canonical one is accepted.
 * Takes the same time wherever the first difference is.
 */
function endsWith(text: string, from: number, expected: string): boolean {
  if (text.length - from !== expected.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at++) difference |= expected.charCodeAt(at) ^ text.charCodeAt(from + at);
  return difference === 0;
}

/** Signs, and compares with what it signed. */
export function macOf(sign: (text: string) => string): Mac {
  return { sign, verify: (text, token, from) => endsWith(token, from, sign(text)) };
}

export function nodePrimitives(crypto: NodeCrypto): Primitives {
  const digest = (text: string, encoding: "base64" | "hex"): string =>
    // crypto.hash is twice as fast and only there since Node 20.12
    crypto.hash ? crypto.hash("sha256", text, encoding) : crypto.createHash("sha256").update(text).digest(encoding);
  return {
    name: "node",
    // 32 bytes are 43 characters and one of padding
    sha256Base64: (text) => digest(text, "base64").slice(0, 43),
    sha256Hex: (text) => digest(text, "hex"),
    macWith: (bytes, beginning = "") => {
      const key = crypto.createSecretKey(bytes);
      return macOf((text) =>
        crypto
          .createHmac("sha256", key)
          // as UTF-8: as Latin-1 some other text would have the same signature
          .update(beginning + text)
          .digest("base64url"),
      );
    },
  };
}
