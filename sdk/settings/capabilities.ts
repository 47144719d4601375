/** The option `capabilities`. */

import type { CapabilityOptions, Grants } from "../contract/capabilities.ts";
import type { AnonRecord } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { optionsOf } from "./options.ts";

export interface GrantList {
  all: boolean;
  exact: ReadonlySet<string>;
  /** With their last colon, so that `cart:*` is neither `cart` nor `carts:read`. */
  below: readonly string[];
}

/** What one kind of account is granted: a checked list, or a function whose results are checked at each call. */
export type CheckedGrants = GrantList | ((record: AnonRecord) => readonly string[]);

export type CheckedCapabilities = Record<keyof CapabilityOptions, CheckedGrants>;

const CAPABILITY = /^[a-z0-9_-]+(?::[a-z0-9_-]+)*$/;
const PATTERN = /^(?:\*|[a-z0-9_-]+(?::[a-z0-9_-]+)*(?::\*)?)$/;
const KEYS: Record<keyof CapabilityOptions, true> = { anonymous: true, registered: true };

const NOTHING: GrantList = { all: false, exact: new Set(), below: [] };
const EVERYTHING: GrantList = { all: true, exact: new Set(), below: [] };

export function checkedCapabilities(
  general: CapabilityOptions | undefined,
  own: CapabilityOptions | undefined,
): CheckedCapabilities {
  const { anonymous, registered } = optionsOf("capabilities", KEYS, general, own);
  return {
    anonymous: anonymous === undefined ? NOTHING : checked("anonymous", anonymous),
    registered: registered === undefined ? EVERYTHING : checked("registered", registered),
  };
}

/** A misspelt capability would be one that no account has, or that every account with `*` has. */
export function checkCapability(capability: string): void {
  if (typeof capability === "string" && CAPABILITY.test(capability)) return;
  throw new AnonError(
    "invalid_options",
    `Cannot use capability ${shown(capability)}: write it as cart:write, of a-z, 0-9, _ and - between colons`,
  );
}

function checked(kind: keyof CapabilityOptions, grants: Grants): CheckedGrants {
  return typeof grants === "function" ? grants : grantList(kind, grants);
}

export function grantList(kind: keyof CapabilityOptions, patterns: unknown): GrantList {
  if (!Array.isArray(patterns)) {
    // a rejection of the promise has no one left to handle it
    if (patterns instanceof Promise) patterns.catch(() => undefined);
    throw new AnonError(
      "invalid_options",
      `Cannot use \`capabilities.${kind}\`: it must be a list of capabilities, or a function that returns one synchronously`,
    );
  }
  const exact = new Set<string>();
  const below: string[] = [];
  // by index, which sees holes too
  for (let at = 0; at < patterns.length; at++) {
    const pattern: unknown = patterns[at];
    if (typeof pattern !== "string" || !PATTERN.test(pattern)) {
      throw new AnonError(
        "invalid_options",
        `Cannot use ${shown(pattern)} in \`capabilities.${kind}\`: write it as cart:write, cart:* or *`,
      );
    }
    if (pattern.endsWith("*")) below.push(pattern.slice(0, -1));
    else exact.add(pattern);
  }
  return { all: below.includes(""), exact, below };
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : `a value of type ${typeof value}`;
}
