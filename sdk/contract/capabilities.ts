/** The public shapes of what accounts may, and of what bounds guests. */
import type { AnonRecord, BaseRecord, Duration, TokenClaims } from "./records.ts";

/**
 * Patterns of capabilities: `cart:write` is itself, `cart:*` all that begin with `cart:`, `*` all there are. Or a function
 * that returns them for a record, synchronously, because `can` is synchronous. What it throws is passed on.
 */
export type Grants = readonly string[] | ((record: AnonRecord) => readonly string[]);

/** Which capabilities accounts have; of a collection, what is left out comes from the top level. */
export interface CapabilityOptions {
  /** Those of guests. Default `[]`: none. */
  anonymous?: Grants;
  /** Those of registered accounts. Default `["*"]`: all. */
  registered?: Grants;
}

/** Whose capabilities are asked for: a record, or what a verified token says, which is enough where they are in lists. */
export type CapabilityHolder = BaseRecord | TokenClaims;

/** What bounds anonymous accounts, for as long as they are; of a collection, what is left out comes from the top level. */
export interface AnonymousOptions {
  /** How many sessions a guest may have; the oldest ends. Default: the collection's `maxSessions`. */
  maxSessions?: number;
  /** How many bytes a guest's own fields may take as JSON in UTF-8. Default: what any record may. */
  maxDataBytes?: number;
  /**
   * How long after it was made a guest may be used: no session lasts longer, and no sign-in is possible any more. It is not
   * deleted by that; it becomes inactive, and gc's. Default: for as long as it is used.
   */
  lifetime?: Duration;
}
