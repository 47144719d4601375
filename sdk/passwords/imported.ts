/** Hashes of other systems, in the forms in which those export them. */
import { decodeBase64IgnorePadding, encodeBase64NoPadding } from "@oslojs/encoding";
import { AnonError } from "../errors.ts";
import { isVerifiableArgon2id } from "./argon2id.ts";
import { foreignHash } from "./foreign.ts";

// what `hashRandomPassword` makes; a password that a person chose is never hashed so
const RANDOM = /^\$sha256\$[A-Za-z0-9_-]{1,64}\$[A-Za-z0-9+/]{43}$/;

const BETTER_AUTH = /^([0-9a-f]{32}):([0-9a-f]{128})$/;

// of Firebase, with the parameters of its project, as Supabase stores it
const FIREBASE = /^\$fbscrypt\$v=1,n=(\d{1,2}),r=(\d{1,2}),p=(\d)(?:,ss=([^,$]*))?,sk=([^,$]+)\$([^$]+)\$([^$]+)$/;

/**
 * The string that is stored for a hash of another system.
 *
 * @throws {AnonError} `unsupported_hash`
 */
export function storedHashOf(hash: string): string {
  const stored = typeof hash === "string" ? (betterAuthHash(hash) ?? firebaseHash(hash) ?? hash) : "";
  if (RANDOM.test(stored) || isVerifiableArgon2id(stored) || foreignHash(stored)) return stored;
  throw new AnonError(
    "unsupported_hash",
    "Cannot keep this password hash: it has no supported form, or asks for too much work; import the account without it",
  );
}

function betterAuthHash(hash: string): string | null {
  const [, salt = "", key] = BETTER_AUTH.exec(hash) ?? [];
  if (key === undefined) return null;
  // its salt is the text of hexadecimal digits, and not the bytes that they stand for
  const saltText = encodeBase64NoPadding(new TextEncoder().encode(salt));
  const bytes = Uint8Array.from(key.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return `$scrypt$ln=14,r=16,p=1$${saltText}$${encodeBase64NoPadding(bytes)}`;
}

/** The signer key is used here, and stored nowhere. */
function firebaseHash(hash: string): string | null {
  const [, n, r, p, ...texts] = FIREBASE.exec(hash) ?? [];
  if (n === undefined) return null;
  let parts: Uint8Array[];
  try {
    // firebase-tools exports the usual alphabet, the API that of URLs
    parts = texts.map((text = "") => decodeBase64IgnorePadding(text.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
  const [separator, signerKey, salt, encrypted] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  if (signerKey.length !== encrypted.length) return null;
  const stream = encrypted.map((byte, at) => byte ^ (signerKey[at] as number));
  const wholeSalt = encodeBase64NoPadding(new Uint8Array([...salt, ...separator]));
  return `$firebase-scrypt$ln=${Number(n)},r=${Number(r)},p=${p}$${wholeSalt}$${encodeBase64NoPadding(stream)}`;
}
