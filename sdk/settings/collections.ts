/** The settings of collections, checked once and then only looked up. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { AnonOptions, CollectionOptions } from "../contract/options.ts";
import { AnonError } from "../errors.ts";
import { type CheckedCapabilities, checkedCapabilities } from "./capabilities.ts";
import { ANONYMOUS_DOMAIN, canonicalDomain } from "./domain.ts";
import { type GuestLimits, guestLimits } from "./guests.ts";
import { type MergeSettings, mergeSettings } from "./merge.ts";
import { check, checkKeys, defined, duration, isWhole } from "./options.ts";

/** One collection's settings with every default filled in. Durations are in milliseconds. */
export interface Settings {
  name: string;
  sessionTtl: number;
  activityResolution: number;
  maxSessions: number;
  maxAnonymous: number;
  guestEmailDomain: string;
  guests: GuestLimits;
  capabilities: CheckedCapabilities;
  schema: StandardSchemaV1 | undefined;
  /** `null`: a call of gc has to say. */
  retention: number | null;
  /** 0: gc deletes accounts at once. */
  quarantine: number;
  /** 0: no account's owner is warned. */
  warning: number;
  merge: MergeSettings;
  keep: CollectionOptions["keep"];
  keepMany: CollectionOptions["keepMany"];
}

export interface SettingsRegistry {
  /** @throws {AnonError} `invalid_collection` for a malformed name, `unknown_collection` for one not configured */
  get(collection: string | undefined): Settings;
  /**
   * The same for a name that a request brings. Without configured collections it accepts only the default one: each
   * other name would be one more collection, with limits and a cap of its own.
   */
  forRequest(collection: string): Settings;
  /** The same, `null` instead of an error: for names that come from storage or from tokens. */
  find(collection: string): Settings | null;
  /** Every collection that is configured; `null` when any valid name is accepted, with the settings of {@link get}. */
  readonly configured: readonly Settings[] | null;
  /** How many anonymous accounts all collections may have together; infinite where there is no cap. */
  readonly maxAnonymous: number;
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const DEFAULT_COLLECTION = "users";

/** The options of a collection that may also stand at the top level. */
export const SHARED_KEYS: Record<Exclude<keyof CollectionOptions, "schema">, true> = {
  sessionTtl: true,
  activityResolution: true,
  maxSessions: true,
  maxAnonymous: true,
  anonymous: true,
  capabilities: true,
  merge: true,
  guestEmailDomain: true,
  retention: true,
  quarantine: true,
  warning: true,
  keep: true,
  keepMany: true,
};

const COLLECTION_KEYS: Record<keyof CollectionOptions, true> = { ...SHARED_KEYS, schema: true };

// names come from requests, so the memory for them must be bounded
const MAXIMUM_REMEMBERED = 1_000;

export function createSettings(options: AnonOptions): SettingsRegistry {
  const { collections } = options;
  const known = new Map<string, Settings>();
  if (collections) {
    for (const [name, own] of Object.entries(collections))
      known.set(name, complete(checkCollectionName(name), options, own ?? {}));
    check(known.size > 0, "these `collections`", "name one at least");
  }
  // checks the defaults too when no collection is named
  complete(DEFAULT_COLLECTION, options, {});

  const find = (name: string): Settings | null => {
    const found = known.get(name);
    // of anything but a string the pattern would see its text: null would be a collection "null"
    if (found || collections || typeof name !== "string" || !NAME.test(name)) return found ?? null;
    const settings = complete(name, options, {});
    if (known.size < MAXIMUM_REMEMBERED) known.set(name, settings);
    return settings;
  };
  const registry: SettingsRegistry = {
    find,
    configured: collections ? [...known.values()] : null,
    maxAnonymous: checkCap(options.maxAnonymous),
    get(collection = DEFAULT_COLLECTION) {
      const settings = find(collection);
      if (settings) return settings;
      checkCollectionName(collection);
      throw unknown(collection, [...known.keys()]);
    },
    forRequest(collection) {
      const settings = registry.get(collection);
      if (collections || collection === DEFAULT_COLLECTION) return settings;
      throw unknown(collection, [DEFAULT_COLLECTION]);
    },
  };
  return registry;
}

function unknown(collection: string, names: readonly string[]): AnonError {
  return new AnonError(
    "unknown_collection",
    `Cannot find collection "${collection}": there are ${names.join(", ")}; name others in \`collections\``,
  );
}

function checkCap(maxAnonymous = Number.POSITIVE_INFINITY): number {
  const isCap = maxAnonymous === Number.POSITIVE_INFINITY || isWhole(maxAnonymous, 0);
  check(isCap, "this `maxAnonymous`", "use a whole number from 0 on");
  return maxAnonymous;
}

/** @throws {AnonError} `invalid_collection` */
export function checkCollectionName(name: string): string {
  if (typeof name === "string" && NAME.test(name)) return name;
  const shown = JSON.stringify(String(name).slice(0, 64));
  throw new AnonError(
    "invalid_collection",
    `Cannot use collection ${shown}: a name is a lower-case letter and up to 62 of a-z, 0-9 and _`,
  );
}

function complete(name: string, options: AnonOptions, own: CollectionOptions): Settings {
  checkKeys(`collections.${name}.`, COLLECTION_KEYS, own);
  const merged = { ...options, ...defined(own) };
  const {
    sessionTtl = "30d",
    activityResolution = "1h",
    maxSessions = 16,
    guestEmailDomain = ANONYMOUS_DOMAIN,
  } = merged;
  const ttl = duration("sessionTtl", sessionTtl);
  check(ttl >= 1_000, "this `sessionTtl`", "use one second at least");
  check(isWhole(maxSessions, 1, 1_000), "this `maxSessions`", "use a whole number from 1 to 1,000");
  const domain = canonicalDomain(String(guestEmailDomain).toLowerCase());
  check(domain !== null, "this `guestEmailDomain`", "write it as guests.example.com");
  const isSchema = own.schema === undefined || typeof own.schema?.["~standard"]?.validate === "function";
  check(isSchema, `the schema of collection "${name}"`, "it is no Standard Schema");
  const { retention, quarantine = 0, warning = 0, keep, keepMany } = merged;
  check(keep === undefined || typeof keep === "function", "this `keep`", "pass a function");
  check(keepMany === undefined || typeof keepMany === "function", "this `keepMany`", "pass a function");
  return {
    name,
    retention: retention === undefined ? null : duration("retention", retention),
    quarantine: duration("quarantine", quarantine),
    warning: duration("warning", warning),
    keep,
    keepMany,
    sessionTtl: ttl,
    activityResolution: duration("activityResolution", activityResolution),
    maxSessions,
    maxAnonymous: checkCap(own.maxAnonymous),
    guestEmailDomain: domain,
    guests: guestLimits(options.anonymous, own.anonymous, { maxSessions }),
    capabilities: checkedCapabilities(options.capabilities, own.capabilities),
    merge: mergeSettings(options.merge, own.merge),
    schema: own.schema,
  };
}
