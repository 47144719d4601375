/** What the model is made of. */

import type { MergeStrategy } from "../../../sdk/contract/merge.ts";
import type { AnonRecord, OwnFields } from "../../../sdk/contract/records.ts";
import type { AnonErrorCode } from "../../../sdk/errors.ts";

/** The settings under test, in milliseconds. */
export interface Rules {
  sessionTtl: number;
  activityResolution: number;
  maxSessions: number;
  retention: number;
  /** 0: what is collected is deleted. */
  quarantine: number;
  /** 0: nobody is warned. */
  warning: number;
  /** Infinite: guests live as long as they are used. */
  lifetime: number;
  /** A field with this value keeps an account. */
  keep?: number;
  /** How guests are merged by whoever does not say. */
  strategy: MergeStrategy;
  /** Whether there is a function that combines own fields. */
  combines: boolean;
  /** Whether whoever has paid may what nobody is to be merged into. */
  forbids: boolean;
  /** For how long the id of a guest that was merged answers the account. */
  forwarding: number;
}

export interface ModelSession {
  /** Chosen by the real thing, and noted when it answered. */
  sid: string;
  created: number;
  expires: number;
}

export interface ModelIdentity {
  provider: string;
  subject: string;
  email?: string;
  /** Its service vouches for the email. */
  emailVerified?: boolean;
  linked: number;
}

export interface ModelAccount {
  id: string;
  anonymous: boolean;
  verified: boolean;
  email: string;
  username: string;
  /** `null`: nobody knows it. */
  password: string | null;
  /** Whether a person chose it. */
  chosen: boolean;
  /** How often its password was changed: what was proven before is proven no more. */
  passwords: number;
  sessions: ModelSession[];
  identities: ModelIdentity[];
  created: number;
  updated: number;
  lastActive: number;
  data: OwnFields;
  hold: { since: number; reason?: string } | null;
  quarantine: { since: number; until: number } | null;
  warned: number | null;
  begun: ModelMerge | null;
  merged: (Omit<ModelMerge, "strategy"> & { at: number; until: number; exchanged: boolean }) | null;
  /** When gc looks at it; `null`: never. */
  due: number | null;
}

/** A merge that was begun, by whom, and is not done. */
export interface ModelMerge {
  into: string;
  sid: string;
  accountSid: string;
  /** The account's `passwords` when it was proven. */
  passwords: number;
  strategy: MergeStrategy;
}

/** What the application is asked to move. */
export interface ModelStep {
  from: string;
  guest: AnonRecord;
  record: AnonRecord;
  strategy: MergeStrategy;
  /** Whether it is the same merge as the last time that it was asked for these two. */
  again: boolean;
}

/** A token that was answered at some time, good or not any more. */
export interface ModelToken {
  text: string;
  id: string;
  sid: string;
  /** In seconds. */
  exp: number;
}

export interface ModelCode {
  text: string;
  id: string;
  sid: string;
  expires: number;
  used: boolean;
  /** The account's `passwords` when it was made. */
  passwords: number;
}

/** A code that was mailed to whoever wants to register. */
export interface ModelMail {
  text: string;
  id: string;
  sid: string;
  email: string;
  /** The guest's `passwords` when it was asked for. */
  passwords: number;
  expires: number;
}

/** How the model refuses: with any of these, where more than one thing is wrong. */
export class Refusal {
  readonly codes: readonly AnonErrorCode[];

  constructor(...codes: AnonErrorCode[]) {
    this.codes = codes;
  }
}
