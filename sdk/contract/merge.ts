/** Merging a guest into a registered account. */
import type { Duration, OwnFields } from "./records.ts";

/**
 * Which value an own field gets that both have: with `keep-account` the account's, with `keep-anonymous` the guest's.
 * Fields that only one of them has stay in both cases. `combine` calls the function of the options, and `refuse`
 * refuses the merge.
 */
export type MergeStrategy = "keep-account" | "keep-anonymous" | "combine" | "refuse";

/** How guests are merged into accounts of a collection. */
export interface MergeOptions {
  /** For calls that name none. Default `keep-account`. */
  strategy?: MergeStrategy;
  /** Returns the account's new own fields. Must have no effects: one merge may call it several times. */
  combine?: (account: OwnFields, anonymous: OwnFields) => OwnFields;
  /** How long the guest's id stands for the account it was merged into. Default 90 days. */
  forwarding?: Duration;
}

/** The two accounts of a merge, each by its token. */
export interface MergeInput {
  /** The guest's. */
  anonymous: string;
  /** The registered account's. */
  account: string;
  /** Default: the collection's. */
  strategy?: MergeStrategy;
}
