/** Keys by scrypt (RFC 7914): on a thread by node:crypto where there is one, otherwise in plain JavaScript. */
import { IN_WORKERS } from "../in-workers.ts";
import { inHashQueue } from "./argon2id.ts";
import { inPlainQueue } from "./hash-queue.ts";

/** `ln` is the logarithm of the cost. */
export interface ScryptParameters {
  ln: number;
  r: number;
  p: number;
}

// 64 MiB, twice what Better Auth asks for; a Worker has 128 in all
const MAXIMUM_BLOCKS = 2 ** 19;
const MAXIMUM_WORK = 2 ** 20;

/** Whether the parameters are valid and ask for no more than is ever computed. */
export function isComputable({ ln, r, p }: ScryptParameters): boolean {
  const blocks = 2 ** ln * r;
  // RFC 7914: the cost is under 2^(128 * r / 8), which node:crypto refuses to exceed
  const isValid = ln >= 1 && r >= 1 && p >= 1 && ln < 16 * r;
  return isValid && blocks <= MAXIMUM_BLOCKS && blocks * p <= MAXIMUM_WORK;
}

interface NodeScrypt {
  scrypt?: (
    password: Uint8Array,
    salt: Uint8Array,
    length: number,
    options: { N: number; r: number; p: number; maxmem: number },
    done: (error: Error | null, key: Uint8Array) => void,
  ) => void;
}

/** @throws {AnonError} `overloaded`, at once */
export async function scryptKey(
  password: string,
  salt: Uint8Array,
  { ln, r, p }: ScryptParameters,
  length: number,
): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(password);
  const N = 2 ** ln;
  const scrypt = IN_WORKERS ? undefined : nodeScrypt();
  if (!scrypt) return await inPlainQueue(() => plainScryptKey(bytes, salt, { ln, r, p }, length));
  // what it needs beside the blocks is less than as much again
  const options = { N, r, p, maxmem: 256 * N * r + 1_048_576 * p };
  return await inHashQueue(
    () =>
      new Promise((resolve, reject) => {
        scrypt(bytes, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
      }),
  );
}

/** Runs everywhere. */
export async function plainScryptKey(
  password: Uint8Array,
  salt: Uint8Array,
  { ln, r, p }: ScryptParameters,
  dkLen: number,
): Promise<Uint8Array> {
  const { scrypt, scryptAsync } = await import("@noble/hashes/scrypt.js");
  const options = { N: 2 ** ln, r, p, dkLen };
  return IN_WORKERS ? scrypt(password, salt, options) : await scryptAsync(password, salt, options);
}

function nodeScrypt(): NodeScrypt["scrypt"] {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => NodeScrypt | undefined } };
  return process?.getBuiltinModule?.("node:crypto")?.scrypt;
}
