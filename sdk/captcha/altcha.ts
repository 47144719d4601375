/**
 * ALTCHA for the hook `beforeCreate`: a captcha without a service. The visitor's browser solves a challenge of yours.
 *
 * @module
 */
import type { Duration } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { check, checkKeys, duration, isWhole } from "../settings/options.ts";
import { type CaptchaHook, refuse, type TokenOptions, tokenReader } from "./token.ts";

/** Options of {@link altcha}. */
export interface AltchaOptions extends TokenOptions {
  /** Signs challenges: 32 characters or more, the same in all processes. */
  secret: string | undefined;
  /** Iterations of PBKDF2 for each attempt of the browser. Default 5,000. */
  cost?: number;
  /** How many attempts a challenge takes: between this number and twice as many. Default 5,000. */
  attempts?: number;
  /** How long a challenge may be solved and used. Default `10m`. */
  expiresIn?: Duration;
  /**
   * Notes that a challenge was used; returns `false` if it was before. `expires` is in milliseconds since the epoch.
   * Default: in the memory of this process.
   */
  markUsed?: (challenge: string, expires: number) => boolean | Promise<boolean>;
}

/** A challenge as ALTCHA's widget takes it. */
export interface AltchaChallenge {
  /** What to solve. */
  parameters: object;
  /** Made with the secret. */
  signature?: string;
}

/** The hook for `beforeCreate`, and the challenges for the widget. */
export interface Altcha extends CaptchaHook {
  /** A new challenge, to send as JSON from a route of yours. */
  challenge(): Promise<AltchaChallenge>;
}

const KEYS: Record<keyof AltchaOptions, true> = {
  secret: true,
  cost: true,
  attempts: true,
  expiresIn: true,
  markUsed: true,
  token: true,
};

/**
 * Requires a solved challenge of ALTCHA for each new account. Needs the package `altcha-lib`.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`; the hook `creation_refused`, `captcha_unavailable` if
 * `markUsed` fails, and `invalid_options` without `altcha-lib`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { altcha } from "anon-accounts/captcha/altcha";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const captcha = altcha({ secret: "a secret of at least 32 characters!" });
 * const anon = createAnon({
 *   storage: memory(),
 *   secret: "another secret of 32 characters or more",
 *   hooks: { beforeCreate: captcha },
 * });
 * const refused = await anon.signInAnonymously().catch((error) => error.code);
 * console.assert(refused === "creation_refused");
 *
 * // for the widget, at a path of yours
 * const response = Response.json(await captcha.challenge(), { headers: { "cache-control": "no-store" } });
 * console.assert(response.ok);
 * ```
 */
export function altcha(options: AltchaOptions): Altcha {
  checkKeys("altcha.", KEYS, options);
  const { secret, cost = 5_000, attempts = 5_000, expiresIn = "10m", markUsed = inMemory() } = options;
  check(typeof secret === "string" && secret.length >= 32, "this `altcha.secret`", "use 32 characters or more");
  check(isWhole(cost, 1, 1e7), "this `altcha.cost`", "use a whole number from 1 on");
  check(isWhole(attempts, 1, 1e9), "this `altcha.attempts`", "use a whole number from 1 on");
  const life = duration("altcha.expiresIn", expiresIn);
  const read = tokenReader(options.token);
  // the second verifies a solution by one hash, without the work of an attempt
  const secrets = { hmacSignatureSecret: secret, hmacKeySignatureSecret: `key ${secret}` };

  const hook: CaptchaHook = async (creation) => {
    const payload = parse(await read(creation)) ?? refuse("the captcha's token has not the form of ALTCHA's");
    const { verifySolution, deriveKey } = await load();
    // rejects what has not the form of a challenge
    const verified = await verifySolution({ ...payload, ...secrets, deriveKey }).catch(() => null);
    if (!verified?.verified) refuse(verified?.expired ? "the captcha has expired" : "the captcha is not solved");
    const { signature = "", parameters } = payload.challenge;
    // only a challenge of another program, with the same secret, has no end
    if (parameters.expiresAt === undefined) refuse("the captcha's challenge never expires");
    let isNew: boolean;
    try {
      isNew = await markUsed(signature, parameters.expiresAt * 1_000);
    } catch (cause) {
      throw new AnonError("captcha_unavailable", "Cannot verify the captcha: `markUsed` failed", { cause });
    }
    if (!isNew) refuse("the captcha was used before");
    return true;
  };
  return Object.assign(hook, {
    async challenge() {
      const { createChallenge, deriveKey, randomInt } = await load();
      return await createChallenge({
        ...secrets,
        algorithm: "PBKDF2/SHA-256",
        cost,
        counter: randomInt(2 * attempts, attempts),
        deriveKey,
        expiresAt: new Date(Date.now() + life),
      });
    },
  });
}

type Library = typeof import("altcha-lib") & typeof import("altcha-lib/algorithms/web/pbkdf2");
type Payload = Pick<Parameters<Library["verifySolution"]>[0], "challenge" | "solution">;

/** An optional peer: other captchas do not need it. */
async function load(): Promise<Library> {
  try {
    return { ...(await import("altcha-lib")), ...(await import("altcha-lib/algorithms/web/pbkdf2")) };
  } catch (cause) {
    throw new AnonError("invalid_options", "Cannot use altcha without its library: npm install altcha-lib", { cause });
  }
}

/** The token is the JSON of the challenge and its solution, in Base64. */
function parse(token: string): Payload | null {
  try {
    const { challenge, solution } = JSON.parse(atob(token)) as Payload;
    const isObject = typeof challenge.parameters === "object" && challenge.parameters !== null;
    return isObject && typeof challenge.signature === "string" ? { challenge, solution } : null;
  } catch {
    return null;
  }
}

/** Each entry took its sender the work of a challenge. All challenges live equally long, so the first ones expire first. */
function inMemory(): NonNullable<AltchaOptions["markUsed"]> {
  const used = new Map<string, number>();
  return (challenge, expires) => {
    for (const [first, end] of used) {
      if (end >= Date.now()) break;
      used.delete(first);
    }
    if (used.has(challenge)) return false;
    used.set(challenge, expires);
    return true;
  };
}
