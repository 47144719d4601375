/** The settings of collections, checked once and then only looked up. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { AnonOptions, CollectionOptions } from "../contract/options.ts";
import { AnonError } from "../errors.ts";
import { type CheckedCapabilities, checkedCapabilities } from "./capabilities.ts";
import { ANONYMOUS_DOMAIN, canonicalDomain } from "./domain.ts";
import { type GuestLimits, guestLimits } from "./guests.ts";
import { type MergeSettings, mergeSettings } from "./merge.ts";
import { checkKeys, defined, duration } from "./options.ts";

/** One collection's settings with every default filled in. Durations are in milliseconds. */
export interface Settings {
  name: string;
  sessionTtl: number;
  activityResolution: number;
  maxSessions: number;
  maxAnonymous: number;
  guestEmailDomain: string;
  /** What bounds accounts while they are anonymous. */
  guests: GuestLimits;
  /** What accounts may. */
  capabilities: CheckedCapabilities;
  schema: StandardSchemaV1 | undefined;
  /** After how long without activity gc collects by default; `null`: the call has to say. */
  retention: number | null;
  /** For how long what is collected can be restored; 0: it is deleted at once. */
  quarantine: number;
  /** How long before it is collected an account's owner is warned; 0: not at all. */
  warning: number;
  /** How guests are merged into accounts. */
  merge: MergeSettings;
  /** The application's say in what is kept. */
  keep: CollectionOptions["keep"];
}

/** Settings by collection. */
export interface SettingsRegistry {
  /**
   * @throws {AnonError} `invalid_collection` for a malformed name, `unknown_collection` for one not configured
   */
  get(collection: string | undefined): Settings;
  /**
   * The same for a name that a request brings. Without configured collections only the default one is there: each other
   * name would be one more collection, with limits and a cap of its own.
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

const COLLECTION_KEYS: Record<keyof CollectionOptions, true> = {
  sessionTtl: true,
  activityResolution: true,
  maxSessions: true,
  maxAnonymous: true,
  anonymous: true,
  capabilities: true,
  merge: true,
  guestEmailDomain: true,
  schema: true,
  retention: true,
  quarantine: true,
  warning: true,
  keep: true,
};

// names come from requests: what is remembered of them must be bounded
const MAXIMUM_REMEMBERED = 1_000;

/**
 * Checks and completes the options.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration` or `invalid_collection`
 */
export function createSettings(options: AnonOptions): SettingsRegistry {
  const { collections } = options;
  const known = new Map<string, Settings>();
  if (collections) {
    for (const [name, own] of Object.entries(collections))
      known.set(name, complete(checkName(name), options, own ?? {}));
    if (known.size === 0) throw new AnonError("invalid_options", "Cannot use these `collections`: name one at least");
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
      checkName(collection);
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
  if (maxAnonymous === Number.POSITIVE_INFINITY || (Number.isSafeInteger(maxAnonymous) && maxAnonymous >= 0)) {
    return maxAnonymous;
  }
  throw new AnonError("invalid_options", "Cannot use this `maxAnonymous`: use a whole number from 0 on");
}

function checkName(name: string): string {
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
  if (ttl < 1_000) throw new AnonError("invalid_options", "Cannot use this `sessionTtl`: use one second at least");
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1 || maxSessions > 1_000) {
    throw new AnonError("invalid_options", "Cannot use this `maxSessions`: use a whole number from 1 to 1,000");
  }
  const domain = canonicalDomain(String(guestEmailDomain).toLowerCase());
  if (!domain) {
    throw new AnonError("invalid_options", "Cannot use this `guestEmailDomain`: write it as guests.example.com");
  }
  if (own.schema !== undefined && typeof own.schema?.["~standard"]?.validate !== "function") {
    throw new AnonError("invalid_options", `Cannot use the schema of collection "${name}": it is no Standard Schema`);
  }
  const { retention, quarantine = 0, warning = 0, keep } = merged;
  if (keep !== undefined && typeof keep !== "function") {
    throw new AnonError("invalid_options", "Cannot use this `keep`: pass a function");
  }
  return {
    name,
    retention: retention === undefined ? null : duration("retention", retention),
    quarantine: duration("quarantine", quarantine),
    warning: duration("warning", warning),
    keep,
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
