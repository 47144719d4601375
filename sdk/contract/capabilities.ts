/** Capabilities of accounts, and bounds of guests. */
import type { AnonRecord, BaseRecord, Duration, TokenClaims } from "./records.ts";

/**
 * Patterns of capabilities: `cart:write` grants that one, `cart:*` all that begin with `cart:`, `*` all. Or a function
 * that returns them for a record, synchronously, because `can` is synchronous. What it throws is passed on.
 */
export type Grants = readonly string[] | ((record: AnonRecord) => readonly string[]);

/** Which capabilities accounts have. */
export interface CapabilityOptions {
  /** Default `[]`: none. */
  anonymous?: Grants;
  /** Default `["*"]`: all. */
  registered?: Grants;
}

/** Whose capabilities are checked: a record, or the claims of a verified token, if the collection grants by lists. */
export type CapabilityHolder = BaseRecord | TokenClaims;

/** Bounds of accounts while they are anonymous. */
export interface AnonymousOptions {
  /** Default: the `maxSessions` of the collection. */
  maxSessions?: number;
  /** The maximum size of own fields as JSON in UTF-8. Default: that of any record. */
  maxDataBytes?: number;
  /**
   * How long after its creation a guest can be used: its sessions end then, and no sign-in is possible any more. It is
   * not deleted; gc collects it once it is inactive. Default: no end.
   */
  lifetime?: Duration;
}
