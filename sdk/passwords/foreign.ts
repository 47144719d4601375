/**
 * Hashes of other systems, as they are stored until the first sign-in replaces them. Their forms are PHC strings, so
 * verification never guesses, and their cost is bounded.
 *
 * - `$2b$10$<salt and hash>`: bcrypt, of the password as it was typed
 * - `$scrypt$ln=14,r=16,p=1$<salt>$<key>`: scrypt, of the password in NFKC
 * - `$firebase-scrypt$ln=14,r=8,p=1$<salt>$<key stream>`: Firebase's, of the password as it was typed. Firebase encrypts the
 *   signer key of the project by AES-CTR with a key of scrypt. What that is combined with, the key stream, depends on the
 *   password alone and verifies it as well, so that the signer key need not be stored with any account.
 */
import { constantTimeEqual } from "@oslojs/crypto/subtle";
import { decodeBase64IgnorePadding } from "@oslojs/encoding";
import { inPlainQueue } from "./hash-queue.ts";
import { normalizePassword } from "./rules.ts";
import { isComputable, type ScryptParameters, scryptKey } from "./scrypt.ts";

/** A hash of another system. */
export interface ForeignHash {
  /** The same for all that take the same work. */
  cost: string;
  /** Whether all of a password counts, so that its hash can replace this one. */
  covers(password: string): boolean;
  /** @throws {AnonError} `overloaded`, at once */
  verify(password: string): Promise<boolean>;
}

// 14 takes 1.5 s in plain JavaScript, and each step twice as long
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/;
const BCRYPT_BYTES = 72;

const SCRYPT =
  /^\$((?:firebase-)?scrypt)\$(ln=(\d{1,2}),r=(\d{1,2}),p=(\d))\$([A-Za-z0-9+/]{2,200})\$([A-Za-z0-9+/]{22,86})$/;

/** `null` for a string of another form, or one that asks for too much work. */
export function foreignHash(stored: string): ForeignHash | null {
  return bcryptHash(stored) ?? scryptHash(stored);
}

function bcryptHash(stored: string): ForeignHash | null {
  const rounds = BCRYPT.exec(stored)?.[1];
  if (rounds === undefined) return null;
  return {
    cost: `bcrypt ${rounds}`,
    // it repeats a key that a NUL ends: "a" and "a\0a" are the same
    covers: (password) => !password.includes("\0") && new TextEncoder().encode(password).length <= BCRYPT_BYTES,
    verify: (password) =>
      inPlainQueue(async () => {
        // the entry that imports nothing of Node
        const { compare } = await import("bcrypt-ts/browser");
        return await compare(password, stored);
      }),
  };
}

function scryptHash(stored: string): ForeignHash | null {
  const [, kind, cost = "", ln, r, p, saltText = "", keyText = ""] = SCRYPT.exec(stored) ?? [];
  const parameters: ScryptParameters = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (kind === undefined || !isComputable(parameters)) return null;
  const [salt, expected] = [saltText, keyText].map(decoded);
  if (!salt || !expected) return null;
  const derive = kind === "scrypt" ? scryptOfNormalized : keyStream;
  return {
    cost: `${kind} ${cost}`,
    covers: () => true,
    verify: async (password) => constantTimeEqual(await derive(password, salt, parameters, expected.length), expected),
  };
}

function scryptOfNormalized(...[password, ...rest]: Parameters<typeof scryptKey>): Promise<Uint8Array> {
  return scryptKey(normalizePassword(password), ...rest);
}

async function keyStream(
  password: string,
  salt: Uint8Array,
  parameters: ScryptParameters,
  length: number,
): Promise<Uint8Array> {
  const raw = (await scryptKey(password, salt, parameters, 32)) as Uint8Array<ArrayBuffer>;
  const key = await crypto.subtle.importKey("raw", raw, "AES-CTR", false, ["encrypt"]);
  const algorithm = { name: "AES-CTR", counter: new Uint8Array(16), length: 128 };
  // encrypting zeros leaves the key stream itself
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, key, new Uint8Array(length)));
}

function decoded(text: string): Uint8Array | null {
  try {
    return decodeBase64IgnorePadding(text);
  } catch {
    return null;
  }
}
