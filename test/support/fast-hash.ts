/** Hashes chosen passwords in a thousandth of the usual time. */
import { argon2id } from "@noble/hashes/argon2.js";
import { encodeBase64NoPadding } from "@oslojs/encoding";

/** A PHC string like that of a chosen password, with the cheapest parameters of Argon2id. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = argon2id(password, salt, { m: 8, t: 1, p: 1, dkLen: 32 });
  return `$argon2id$v=19$m=8,t=1,p=1$${encodeBase64NoPadding(salt)}$${encodeBase64NoPadding(hash)}`;
}
