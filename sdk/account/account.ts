/** An account as it is stored. */
import type { OwnFields } from "../contract/records.ts";
import type { Marks } from "./optional-state.ts";

/** One sign-in on one device. Times are in milliseconds since the epoch. */
export interface Session {
  readonly id: string;
  readonly created: number;
  readonly expires: number;
}

/** One account: the value of one key. Times are in milliseconds since the epoch. */
export interface Account extends Marks {
  readonly id: string;
  readonly collection: string;
  readonly anonymous: boolean;
  readonly verified: boolean;
  /** As `checkEmail` returned it: with its case. */
  readonly email: string;
  readonly username: string;
  /** A PHC string. */
  readonly password: string;
  readonly sessions: readonly Session[];
  readonly created: number;
  readonly updated: number;
  /** The last activity that was written, at most `activityResolution` before the last one. */
  readonly lastActive: number;
  /** Raised so that every swap against an older reading of this account fails; see storage/uniqueness.ts. */
  readonly fence: number;
  readonly data: Readonly<OwnFields>;
}
