/**
 * Fast twin of `primitives.ts`. On Bun its own hasher, whose keyed state is copied for every token, and a signature
 * compared without the string of it being made. On Node an HMAC of two hashes of one call each, because the objects of
 * `createHmac` cost a server more than the hashes do. Other runtimes use what `primitives.ts` has for them.
 *
 * Paid for by the bench rows sign-in-memory, verify-token and http-node. A test holds it to its twin.
 */
import { macOf, type NodeCrypto, nodePrimitives, osloPrimitives, type Primitives } from "./primitives.ts";

interface BunHasher {
  update(text: string): BunHasher;
  copy(): BunHasher;
  digest(encoding: "base64url"): string;
  digest(into: Uint8Array): Uint8Array;
}

/** The part of `Bun` that is used: Deno checks the sources too, without Bun's types. A test compares them. */
interface BunCrypto {
  CryptoHasher: new (algorithm: "sha256", key?: Uint8Array) => BunHasher;
  SHA256: { hash(text: string, encoding: "base64"): string };
}

/** The part of `Buffer` that is used. */
interface BufferOf {
  alloc(length: number, fill: number): Uint8Array & { write(text: string, at: number, encoding?: "latin1"): number };
}

const ALPHABET = Uint8Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", (character) =>
  character.charCodeAt(0),
);

export function bunPrimitives(crypto: NodeCrypto, bun: BunCrypto): Primitives {
  return {
    ...nodePrimitives(crypto),
    name: "bun",
    sha256Base64: (text) => bun.SHA256.hash(text, "base64").slice(0, 43),
    macWith: (bytes, beginning = "") => {
      const keyed = new bun.CryptoHasher("sha256", bytes).update(beginning);
      // its digest takes no less
      const digest = new Uint8Array(64);
      return {
        sign: (text) => keyed.copy().update(text).digest("base64url"),
        verify(text, token, from) {
          keyed.copy().update(text).digest(digest);
          return endsWithBase64url(token, from, digest);
        },
      };
    },
  };
}

/** The length of SHA-256's blocks, and of its result. */
const BLOCK = 64;
const DIGEST = 32;

/** The longest text, with its beginning, that is signed by two hashes: tokens are shorter. */
const LONGEST = 4_096;

/** HMAC as RFC 2104 defines it. One buffer serves all calls, because each ends before the next begins. */
export function hashPrimitives(crypto: NodeCrypto, buffer: BufferOf): Primitives {
  const plain = nodePrimitives(crypto);
  return {
    ...plain,
    macWith: (bytes, beginning = "") => {
      const other = plain.macWith(bytes, beginning);
      const key = bytes.length > BLOCK ? crypto.createHash("sha256").update(bytes).digest() : bytes;
      const inner = buffer.alloc(BLOCK + LONGEST, 0x36);
      const outer = buffer.alloc(BLOCK + DIGEST, 0x5c);
      for (const [at, byte] of key.entries()) {
        inner[at] = byte ^ 0x36;
        outer[at] = byte ^ 0x5c;
      }
      const from = BLOCK + inner.write(beginning, BLOCK);
      return macOf((text) => {
        // a character has at most three bytes
        if (from + text.length * 3 > inner.length) return other.sign(text);
        const to = from + inner.write(text, from);
        outer.write(crypto.hash("sha256", inner.subarray(0, to), "binary"), BLOCK, "latin1");
        return crypto.hash("sha256", outer, "base64url");
      });
    },
  };
}

/** Whether `text` from a place on is the base64url of the first 32 of `bytes`, without making that string. */
function endsWithBase64url(text: string, from: number, bytes: Uint8Array): boolean {
  // ten times three bytes in four characters, and two bytes in three
  if (text.length - from !== 43) return false;
  let difference = 0;
  let at = from;
  for (let byte = 0; byte < 32; byte += 3) {
    const three = ((bytes[byte] as number) << 16) | ((bytes[byte + 1] as number) << 8);
    const four = byte < 30 ? three | (bytes[byte + 2] as number) : three;
    difference |= (ALPHABET[four >> 18] as number) ^ text.charCodeAt(at);
    difference |= (ALPHABET[(four >> 12) & 63] as number) ^ text.charCodeAt(at + 1);
    difference |= (ALPHABET[(four >> 6) & 63] as number) ^ text.charCodeAt(at + 2);
    if (byte < 30) difference |= (ALPHABET[four & 63] as number) ^ text.charCodeAt(at + 3);
    at += 4;
  }
  return difference === 0;
}

function fastest(): Primitives {
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => NodeCrypto | undefined };
    Bun?: BunCrypto;
    Buffer?: BufferOf;
    Deno?: object;
  };
  // without an import statement, so that bundles for runtimes without the module still load
  const crypto = host.process?.getBuiltinModule?.("node:crypto");
  if (!crypto?.createHmac || !crypto.createSecretKey) return osloPrimitives;
  if (host.Bun) return bunPrimitives(crypto, host.Bun);
  // Deno's hashes of one call take longer than its createHmac, and Node has them since 20.12
  return host.Buffer && "hash" in crypto && !host.Deno ? hashPrimitives(crypto, host.Buffer) : nodePrimitives(crypto);
}

export const primitives: Primitives = fastest();
