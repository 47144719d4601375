/** An account as it is stored. */
import type { OwnFields } from "../contract/records.ts";
import type { Marks } from "./optional-state.ts";

/** One sign-in on one device. Times are in milliseconds since the epoch. */
export interface Session {
  id: string;
  created: number;
  expires: number;
}

/** One account: the value of one key. Times are in milliseconds since the epoch. */
export interface Account extends Marks {
  id: string;
  collection: string;
  anonymous: boolean;
  verified: boolean;
  /** As `checkEmail` returned it: with its case. */
  email: string;
  username: string;
  /** A PHC string. */
  password: string;
  sessions: Session[];
  created: number;
  updated: number;
  /** The last activity that was written, at most `activityResolution` before the last one. */
  lastActive: number;
  /** Raised so that every swap against an older reading of this account fails; see storage/uniqueness.ts. */
  fence: number;
  data: OwnFields;
}
