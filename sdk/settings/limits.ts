/** The limits, checked once. */

import type { LimitOptions, Rate } from "../contract/limits.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "./duration.ts";

/** What is limited, each counted on its own. */
export type LimitName = Exclude<keyof LimitOptions, "ipv6Prefix">;

/** Whether a limit counts addresses, which are known of requests only. */
export function isByAddress(name: LimitName): boolean {
  return name.endsWith("PerAddress");
}

/** So many in a window of so many seconds. */
export interface Limit {
  max: number;
  seconds: number;
}

/** The limits, checked. */
export interface LimitSettings {
  /** What is not limited is not among them. */
  rates: ReadonlyMap<LimitName, Limit>;
  /** How many bits of an IPv6 address count. */
  ipv6Prefix: number;
}

// An office or a school goes out by one address: what many people do there in an hour must pass. Ten wrong passwords
// in a quarter of an hour are 960 a day, of at least 8 characters.
const DEFAULTS: Readonly<Record<LimitName, Rate>> = {
  signUpsPerAddress: { max: 30, per: "1h" },
  passwordsPerAddress: { max: 50, per: "15m" },
  passwordsPerIdentity: { max: 10, per: "15m" },
  codesPerAddress: { max: 20, per: "15m" },
  transferCodesPerAccount: { max: 10, per: "1h" },
  mailsPerAddress: { max: 20, per: "1h" },
  mailsPerRecipient: { max: 5, per: "1h" },
};

// What one subscriber is commonly given: /56 by RFC 6177 and RIPE-690, which hold 256 networks of 64 bits each. Many hosts
// and providers hand out a /48; providers that give single /64s then count 256 lines as one.
const DEFAULT_IPV6_PREFIX = 56;

// a /32 is the whole of a provider
const [SHORTEST_PREFIX, LONGEST_PREFIX] = [32, 128];

// timers of memory's counters overflow at 24.8 days and would go off at once
const LONGEST_MS = 24 * 24 * 60 * 60 * 1_000;

/**
 * Checks and completes the options; `false` is no limit at all.
 *
 * @throws {AnonError} `invalid_options`
 */
export function limitSettings(options: LimitOptions | false = {}): LimitSettings {
  const rates = new Map<LimitName, Limit>();
  if (options === false) return { rates, ipv6Prefix: DEFAULT_IPV6_PREFIX };
  if (typeof options !== "object" || options === null) {
    throw new AnonError("invalid_options", "Cannot use these `limits`: use an object, or false for none");
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(DEFAULTS, name) || name === "ipv6Prefix") continue;
    throw new AnonError(
      "invalid_options",
      `Cannot use \`limits.${name}\`: there are ${Object.keys(DEFAULTS).join(", ")}, ipv6Prefix`,
    );
  }
  for (const name of Object.keys(DEFAULTS) as LimitName[]) {
    const rate = options[name] ?? DEFAULTS[name];
    if (rate !== false) rates.set(name, limitOf(name, rate));
  }
  const { ipv6Prefix = DEFAULT_IPV6_PREFIX } = options;
  if (!Number.isSafeInteger(ipv6Prefix) || ipv6Prefix < SHORTEST_PREFIX || ipv6Prefix > LONGEST_PREFIX) {
    throw new AnonError(
      "invalid_options",
      `Cannot use \`limits.ipv6Prefix\`: use a whole number from ${SHORTEST_PREFIX} to ${LONGEST_PREFIX}`,
    );
  }
  return { rates, ipv6Prefix };
}

function limitOf(name: LimitName, { max, per }: Rate): Limit {
  if (!Number.isSafeInteger(max) || max < 1) {
    throw new AnonError("invalid_options", `Cannot use \`limits.${name}\`: use a whole number from 1 on as \`max\``);
  }
  let window: number;
  try {
    window = parseDuration(per);
  } catch (cause) {
    const { message } = cause as AnonError;
    throw new AnonError("invalid_options", `${message} (\`limits.${name}.per\`)`, { cause });
  }
  if (window < 1_000 || window > LONGEST_MS) {
    throw new AnonError("invalid_options", `Cannot use \`limits.${name}\`: use one second to 24 days as \`per\``);
  }
  return { max, seconds: Math.ceil(window / 1_000) };
}
