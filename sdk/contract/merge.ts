/** The public shapes of merging a guest into an account that is there. */
import type { Duration, OwnFields } from "./records.ts";

/**
 * Whose own fields count where both have one: `keep-account` the account's, `keep-anonymous` the guest's; fields that one of
 * them has stay in any case. `combine` asks the function of the options, and `refuse` refuses.
 */
export type MergeStrategy = "keep-account" | "keep-anonymous" | "combine" | "refuse";

/** How guests are merged into accounts of a collection. */
export interface MergeOptions {
  /** What is done when a call does not say. Default `keep-account`. */
  strategy?: MergeStrategy;
  /** Makes the own fields of both into those of the account. May be asked several times for one merge, and must not act. */
  combine?: (account: OwnFields, anonymous: OwnFields) => OwnFields;
  /** For how long the guest's id stands for the account it was merged into. Default 90 days. */
  forwarding?: Duration;
}

/** What `merge` takes: a proof of each side. */
export interface MergeInput {
  /** The guest's token. */
  anonymous: string;
  /** The token of the registered account. */
  account: string;
  /** Default: that of the collection. */
  strategy?: MergeStrategy;
}
