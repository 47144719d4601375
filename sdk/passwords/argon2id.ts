/**
 * Argon2id by the fastest implementation that loads: native in `oslo/password` (8 to 20 ms a hash); node:crypto, if it
 * has Argon2 (Node 24.7, Bun; 30 ms), which no bundler can leave out; plain JavaScript in `@noble/hashes` (170 to 220
 * ms; Workers). Each verifies the others' strings.
 */
import { constantTimeEqual } from "@oslojs/crypto/subtle";
import { decodeBase64IgnorePadding, encodeBase64NoPadding } from "@oslojs/encoding";
import { IN_WORKERS } from "../in-workers.ts";
import { warn } from "../warn.ts";
import { createHashQueue, type HashQueueLimits, IN_PLAIN_JAVASCRIPT, ON_THREADS } from "./hash-queue.ts";

/** An implementation of {@link hashArgon2id} and {@link verifyArgon2id}. */
export interface Implementation extends HashQueueLimits {
  readonly name: "native" | "node" | "plain";
  hash(password: string): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
}

type Limited = <T>(run: (one: Implementation) => Promise<T>) => Promise<T>;

// OWASP's recommendation: 19 MiB, two passes, one lane
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
// of passes times memory: 27 times that of our own parameters
const MAXIMUM_PASSES_KIB = 1_048_576;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,128})$/;

let chosen: Promise<Limited> | undefined;

/** @throws {AnonError} `overloaded`, at once */
export async function hashArgon2id(password: string): Promise<string> {
  return await (await limited())(({ hash }) => hash(password));
}

/** @throws {AnonError} `overloaded`, at once */
export async function verifyArgon2id(stored: string, password: string): Promise<boolean> {
  // oslo throws on a malformed string
  if (!isVerifiableArgon2id(stored)) return false;
  return await (await limited())(({ verify }) => verify(stored, password));
}

/**
 * Computes another hash on a thread, among those of Argon2id.
 *
 * @throws {AnonError} `overloaded`, at once
 */
export async function inHashQueue<T>(hash: () => Promise<T>): Promise<T> {
  return await (await limited())(hash);
}

/** Whether a stored string is well-formed and asks for no more than is ever computed. */
export function isVerifiableArgon2id(stored: string): boolean {
  const match = PHC.exec(stored);
  if (!match) return false;
  const [m, t, p] = match.slice(1, 4).map(Number) as [number, number, number];
  // RFC 9106: eight blocks of 1 KiB a lane at least
  return t >= 1 && p >= 1 && m >= 8 * p && m * t <= MAXIMUM_PASSES_KIB && match.slice(4).every(isCanonicalBase64);
}

function isCanonicalBase64(text: string): boolean {
  try {
    return encodeBase64NoPadding(decodeBase64IgnorePadding(text)) === text;
  } catch {
    return false;
  }
}

function limited(): Promise<Limited> {
  // A request of a Worker cannot wait for another one, which may have ended. Each hash is computed at once and in one piece,
  // so none waits and a queue is not needed.
  if (IN_WORKERS) return Promise.resolve((run) => run(plainArgon2id));
  if (!chosen) {
    chosen = choose();
    // the next call tries again
    chosen.catch(() => {
      chosen = undefined;
    });
  }
  return chosen;
}

async function choose(): Promise<Limited> {
  const one = await fastestArgon2id();
  const queue = await createHashQueue(one);
  return (run) => queue(() => run(one));
}

/** The implementation for this runtime and bundle. Warns when that is the slow one. */
export async function fastestArgon2id(): Promise<Implementation> {
  let cause: unknown;
  try {
    return await loadNative();
  } catch (error) {
    cause = error;
  }
  const fromNode = nodeArgon2id();
  if (fromNode) return fromNode;
  warn(
    "ANON_SLOW_ARGON2",
    `Passwords are hashed in plain JavaScript, with ten times the CPU, because \`oslo\` did not load (${(cause as Error)?.message}). Use Node 24.7 or newer, keep anon-accounts out of the bundle, or on Deno pass --allow-ffi and --allow-sys`,
  );
  return plainArgon2id;
}

/** Fails where native addons do not load: on Deno without `--allow-ffi`, for instance. */
export async function loadNative(): Promise<Implementation> {
  // File tracers (of Next.js, Nitro, Vercel) and JSR read this literal. Bundlers that cannot take native addons must leave
  // it as it is: webpack and Vite by their comments, esbuild because of the second argument. Turbopack can take them.
  const { Argon2id } = await import(
    /* webpackIgnore: true */ /* turbopackIgnore: false */ /* @vite-ignore */ "oslo/password",
    undefined
  );
  const argon2id = new Argon2id({ memorySize: MEMORY_KIB, iterations: PASSES, parallelism: LANES });
  return {
    name: "native",
    hash: (password) => argon2id.hash(password),
    verify: (stored, password) => argon2id.verify(stored, password),
    ...ON_THREADS,
  };
}

/** What @types/node has from version 24 on. */
interface NodeArgon2 {
  argon2?: (
    algorithm: "argon2id",
    parameters: {
      message: string;
      nonce: Uint8Array;
      parallelism: number;
      tagLength: number;
      memory: number;
      passes: number;
    },
    done: (error: Error | null, key: Uint8Array) => void,
  ) => void;
}

/** `null` where node:crypto has no Argon2. */
export function nodeArgon2id(): Implementation | null {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => NodeArgon2 | undefined } };
  const argon2 = process?.getBuiltinModule?.("node:crypto")?.argon2;
  if (!argon2) return null;
  const derive: Derive = (message, nonce, { m: memory, t: passes, p: parallelism, dkLen: tagLength }) =>
    new Promise((resolve, reject) => {
      argon2("argon2id", { message, nonce, memory, passes, parallelism, tagLength }, (error, key) => {
        if (error) reject(error);
        else resolve(key);
      });
    });
  return { name: "node", ...ON_THREADS, ...stringsOf(derive) };
}

/** Runs everywhere. */
export const plainArgon2id: Implementation = {
  name: "plain",
  ...IN_PLAIN_JAVASCRIPT,
  ...stringsOf(async (password, salt, options) => {
    const { argon2id, argon2idAsync } = await import("@noble/hashes/argon2.js");
    return IN_WORKERS ? argon2id(password, salt, options) : await argon2idAsync(password, salt, options);
  }),
};

type Derive = (
  password: string,
  salt: Uint8Array,
  options: { m: number; t: number; p: number; dkLen: number },
) => Promise<Uint8Array>;

/** PHC strings on top of a function that only derives keys. */
function stringsOf(derive: Derive): Pick<Implementation, "hash" | "verify"> {
  return {
    async hash(password) {
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
      const hash = await derive(password, salt, { m: MEMORY_KIB, t: PASSES, p: LANES, dkLen: HASH_BYTES });
      const parameters = `v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}`;
      return `$argon2id$${parameters}$${encodeBase64NoPadding(salt)}$${encodeBase64NoPadding(hash)}`;
    },
    async verify(stored, password) {
      const match = PHC.exec(stored) as unknown as [string, string, string, string, string, string];
      const [, m, t, p, salt, expected] = match;
      const wanted = decodeBase64IgnorePadding(expected);
      const options = { m: Number(m), t: Number(t), p: Number(p), dkLen: wanted.length };
      const hash = await derive(password, decodeBase64IgnorePadding(salt), options);
      return constantTimeEqual(hash, wanted);
    },
  };
}
