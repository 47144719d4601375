/** The option `limits`. */

import type { LimitOptions, Rate } from "../contract/limits.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "./duration.ts";
import { check, checkKeys, isWhole, optionsOf } from "./options.ts";

export type LimitName = Exclude<keyof LimitOptions, "ipv6Prefix">;

/** Whether a limit counts addresses, which only requests have. */
export function isByAddress(name: LimitName): boolean {
  return name.endsWith("PerAddress");
}

export interface Limit {
  max: number;
  seconds: number;
}

export interface LimitSettings {
  /** Without the limits that are off. */
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

const RATE_KEYS: Record<keyof Rate, true> = { max: true, per: true };

// What one subscriber is commonly given: /56 by RFC 6177 and RIPE-690, which hold 256 networks of 64 bits each. Many hosts
// and providers hand out a /48; providers that give single /64s then count 256 lines as one.
const DEFAULT_IPV6_PREFIX = 56;

// timers of memory's counters overflow at 24.8 days and would go off at once
const LONGEST_MS = 24 * 24 * 60 * 60 * 1_000;

export function limitSettings(options: LimitOptions | false = {}): LimitSettings {
  const rates = new Map<LimitName, Limit>();
  if (options === false) return { rates, ipv6Prefix: DEFAULT_IPV6_PREFIX };
  check(typeof options === "object" && options !== null, "these `limits`", "use an object, or false for none");
  checkKeys<LimitOptions>("limits.", { ...DEFAULTS, ipv6Prefix: DEFAULT_IPV6_PREFIX }, options);
  for (const name of Object.keys(DEFAULTS) as LimitName[]) {
    const rate = options[name] ?? DEFAULTS[name];
    if (rate !== false) rates.set(name, limitOf(name, rate));
  }
  const { ipv6Prefix = DEFAULT_IPV6_PREFIX } = options;
  // a /32 is the whole of a provider
  check(isWhole(ipv6Prefix, 32, 128), "`limits.ipv6Prefix`", "use a whole number from 32 to 128");
  return { rates, ipv6Prefix };
}

function limitOf(name: LimitName, rate: Rate): Limit {
  const { max, per } = optionsOf(`limits.${name}`, RATE_KEYS, rate);
  check(isWhole(max, 1), `\`limits.${name}\``, "use a whole number from 1 on as `max`");
  let window: number;
  try {
    window = parseDuration(per);
  } catch (cause) {
    const { message } = cause as AnonError;
    throw new AnonError("invalid_options", `${message} (\`limits.${name}.per\`)`, { cause });
  }
  check(window >= 1_000 && window <= LONGEST_MS, `\`limits.${name}\``, "use one second to 24 days as `per`");
  return { max, seconds: Math.ceil(window / 1_000) };
}
