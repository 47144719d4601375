/** The types of the model. */

import type { MergeStrategy } from "../../../sdk/contract/merge.ts";
import type { AnonRecord, OwnFields } from "../../../sdk/contract/records.ts";
import type { AnonErrorCode } from "../../../sdk/errors.ts";

/** The settings under test, in milliseconds. */
export interface Rules {
  sessionTtl: number;
  activityResolution: number;
  maxSessions: number;
  retention: number;
  /** 0: gc deletes at once. */
  quarantine: number;
  /** 0: no warnings. */
  warning: number;
  /** Infinite: guests live as long as they are active. */
  lifetime: number;
  /** An account whose `cart` has this value is kept. */
  keep?: number;
  /** The default strategy of merges. */
  strategy: MergeStrategy;
  /** Whether `merge.combine` is configured. */
  combines: boolean;
  /** Whether `beforeMerge` refuses merges of paid accounts. */
  forbids: boolean;
  /** How long the id of a merged guest leads to the account. */
  forwarding: number;
}

export interface ModelSession {
  /** Chosen by the SDK, and copied from its result. */
  sid: string;
  created: number;
  expires: number;
}

export interface ModelIdentity {
  provider: string;
  subject: string;
  email?: string;
  /** Whether the provider has verified the email. */
  emailVerified?: boolean;
  linked: number;
}

export interface ModelAccount {
  id: string;
  anonymous: boolean;
  verified: boolean;
  email: string;
  username: string;
  /** `null`: a random one that was never returned. */
  password: string | null;
  /** Whether a person chose it. */
  chosen: boolean;
  /** How often the password was changed. A change invalidates earlier proofs. */
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
  /** When gc examines the account; `null`: never. */
  due: number | null;
}

/** A begun merge, with the proofs that began it. */
export interface ModelMerge {
  into: string;
  sid: string;
  accountSid: string;
  /** The account's `passwords` when it was proven. */
  passwords: number;
  strategy: MergeStrategy;
}

/** A call of the `merge` hook. */
export interface ModelStep {
  from: string;
  guest: AnonRecord;
  record: AnonRecord;
  strategy: MergeStrategy;
  /** Whether it repeats the previous merge of these two accounts. */
  again: boolean;
}

/** A token that was returned, still valid or not. */
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

/** A code that was mailed for a conversion. */
export interface ModelMail {
  text: string;
  id: string;
  sid: string;
  email: string;
  /** The guest's `passwords` when it was requested. */
  passwords: number;
  expires: number;
}

/** A refusal of the model, with several codes if more than one is possible. */
export class Refusal {
  readonly codes: readonly AnonErrorCode[];

  constructor(...codes: AnonErrorCode[]) {
    this.codes = codes;
  }
}
