/** How long codes are valid. */
import type { Duration } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../settings/duration.ts";
import type { CodePurpose } from "./code.ts";

const MINUTE = 60_000;

/** In milliseconds. */
export const CODE_LIFETIME: Readonly<Record<CodePurpose, number>> = {
  transfer: 10 * MINUTE,
  conversion: 30 * MINUTE,
  passwordReset: 30 * MINUTE,
  verification: 7 * 24 * 60 * MINUTE,
  emailChange: 30 * MINUTE,
};

export function transferLifetime(expiresIn: Duration = CODE_LIFETIME.transfer): number {
  const lifetime = parseDuration(expiresIn);
  if (lifetime >= MINUTE && lifetime <= 24 * 60 * MINUTE) return lifetime;
  throw new AnonError(
    "invalid_duration",
    `Cannot use duration ${JSON.stringify(expiresIn)} for a code: use one from 1m to 24h`,
  );
}
