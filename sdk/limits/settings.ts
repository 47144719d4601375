/** The limits, checked once. */
import { AnonError } from "../errors.ts";
import { parseDuration } from "../model/duration.ts";
import type { LimitOptions, Rate } from "./types.ts";

/** What is limited, each counted on its own. */
export type LimitName = keyof LimitOptions;

/** Whether a limit counts addresses, which are known of requests only. */
export function isByAddress(name: LimitName): boolean {
  return name.endsWith("PerAddress");
}

/** So many in a window of so many seconds. */
export interface Limit {
  max: number;
  seconds: number;
}

/** The limits there are; what is not limited is not among them. */
export type LimitSettings = ReadonlyMap<LimitName, Limit>;

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

// timers of memory's counters overflow at 24.8 days and would go off at once
const LONGEST_MS = 24 * 24 * 60 * 60 * 1_000;

/**
 * Checks and completes the options; `false` is no limit at all.
 *
 * @throws {AnonError} `invalid_options`
 */
export function limitSettings(options: LimitOptions | false = {}): LimitSettings {
  const settings = new Map<LimitName, Limit>();
  if (options === false) return settings;
  if (typeof options !== "object" || options === null) {
    throw new AnonError("invalid_options", "Cannot use these `limits`: use an object, or false for none");
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(DEFAULTS, name)) continue;
    throw new AnonError(
      "invalid_options",
      `Cannot use \`limits.${name}\`: there are ${Object.keys(DEFAULTS).join(", ")}`,
    );
  }
  for (const name of Object.keys(DEFAULTS) as LimitName[]) {
    const rate = options[name] ?? DEFAULTS[name];
    if (rate !== false) settings.set(name, limitOf(name, rate));
  }
  return settings;
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
