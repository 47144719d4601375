/** The public shapes of hooks and events. */
import type { Creation } from "./limits.ts";
import type { MergeStrategy } from "./merge.ts";
import type { AnonRecord } from "./records.ts";

/** What a hook may answer that is asked before something happens: `false` refuses it, and so does what it throws. */
export type HookAnswer = boolean | undefined | Promise<boolean | undefined>;

/** How a session of an existing account begins; `email_code`: by a mailed code, to the account that holds the email. */
export type SignInMethod = "password" | "identity" | "transfer_code" | "email_code";

/** An account that was made. */
export interface Created {
  record: AnonRecord;
}

/** A person proved who they are, and is about to get a session. */
export interface SigningIn {
  record: AnonRecord;
  method: SignInMethod;
  /** The request they come with, where it is known. Its body may have been read. */
  request?: Request;
}

/** A session that was begun. `anonymous`: with a new account. */
export interface SignedIn {
  record: AnonRecord;
  method: SignInMethod | "anonymous" | "merge";
  /** The session's id: `sid` of its token. */
  session: string;
}

/** A guest who is about to be registered. */
export interface Converting {
  /** As it is: a guest's. */
  record: AnonRecord;
  /** Left out with an identity whose service does not vouch for the email. */
  email?: string;
  username?: string;
  /** Of the outside identity, with one. */
  provider?: string;
  request?: Request;
}

/** A guest who was registered. */
export interface Converted {
  /** As it is now. */
  record: AnonRecord;
}

/** An outside identity that an account has now, or had. */
export interface Linking {
  record: AnonRecord;
  provider: string;
}

/** A guest who is about to be merged into an account. */
export interface MergeAttempt {
  /** The account's. */
  record: AnonRecord;
  guest: AnonRecord;
  strategy: MergeStrategy;
}

/** A guest whose data the application is to move; the same merge may come several times, until it succeeded. */
export interface MergeStep extends MergeAttempt {
  /** The same for the same merge, however often it is begun. */
  mergeId: string;
  /** The guest's id, which is not there any more behind this. */
  from: string;
}

/** A guest who was merged. */
export interface MergeDone {
  /** The account's, as it is now. */
  record: AnonRecord;
  from: string;
  mergeId: string;
}

/** Who ends an account: garbage collection, or a call of `delete`. */
export type DeletedBy = "gc" | "delete";

/** An account about to be deleted, or that was. */
export interface Deletion {
  record: AnonRecord;
  by: DeletedBy;
}

/** An anonymous account that is about to be collected. */
export interface Expiry {
  record: AnonRecord;
  /** When it is collected at the earliest, unless it is active before (ISO 8601 in UTC). */
  ends: string;
}

/** An account that was put into quarantine. */
export interface Quarantined {
  record: AnonRecord;
  /** Until when it can be restored (ISO 8601 in UTC). */
  until: string;
}

/** An account that came back from quarantine. */
export interface Restored {
  record: AnonRecord;
}

/**
 * Why sessions end before their time: signing out, from one or `everywhere`; one being `ended` from elsewhere; conversion, another password or email, or an identity
 * that is unlinked, which end all others; the first proof of an unverified email (`verification`), which ends those that
 * may be a squatter's; or one more than there may be, which ends the oldest.
 */
export type SessionEnd =
  | "sign_out"
  | "everywhere"
  | "ended"
  | "convert"
  | "password"
  | "email"
  | "unlink"
  | "verification"
  | "merge"
  | "limit";

/** Sessions about to be ended, or that were. */
export interface EndedSessions {
  record: AnonRecord;
  /** Their ids. */
  sessions: readonly string[];
  reason: SessionEnd;
}

/** The hooks there are. `docs/hooks.md` says when each is called, and what becomes of what it throws. */
export interface AnonHooks {
  /** Before an account is created; `false` refuses. */
  beforeCreate(creation: Creation): HookAnswer;
  /** An account was created. */
  afterCreate(done: Created): unknown;
  /** Before a session of an existing account begins; `false` refuses. */
  beforeSignIn(attempt: SigningIn): HookAnswer;
  /** A session began. */
  afterSignIn(done: SignedIn): unknown;
  /** Before a guest is registered; `false` refuses. */
  beforeConvert(attempt: Converting): HookAnswer;
  /** A guest was registered. */
  afterConvert(done: Converted): unknown;
  /** Before a guest is merged into an account; `false` refuses. */
  beforeMerge(attempt: MergeAttempt): HookAnswer;
  /** Moves the application's data from the guest to the account. It is called again until it succeeds, so it must be repeatable. */
  merge(step: MergeStep): HookAnswer;
  /** A guest was merged into an account. */
  afterMerge(done: MergeDone): unknown;
  /** An external identity was linked. */
  afterLink(done: Linking): unknown;
  /** An external identity was unlinked. */
  afterUnlink(done: Linking): unknown;
  /** Before an account is deleted; `false` keeps it. */
  beforeDelete(attempt: Deletion): HookAnswer;
  /** An account was deleted. */
  afterDelete(done: Deletion): unknown;
  /** Warns the owner of a guest that `gc` will collect after `warning`. */
  beforeExpiry(warning: Expiry): HookAnswer;
  /** `gc` put a guest into quarantine. */
  afterQuarantine(done: Quarantined): unknown;
  /** An account was restored from quarantine. */
  afterRestore(done: Restored): unknown;
  /** Before sessions are ended by their owner; `false` refuses. */
  beforeSessionEnd(attempt: EndedSessions): HookAnswer;
  /** Sessions were ended before they expired. */
  afterSessionEnd(done: EndedSessions): unknown;
}

/** The hooks that are asked before. */
export type BeforeHook = Extract<keyof AnonHooks, `before${string}`> | "merge";

/** The hooks that run afterwards. */
export type AfterHook = Extract<keyof AnonHooks, `after${string}`>;

/** What happened to an account, without personal data: for audit logs and metrics. */
export interface AnonEvent {
  type:
    | "created"
    | "signed_in"
    | "converted"
    | "merged"
    | "linked"
    | "unlinked"
    | "quarantined"
    | "restored"
    | "deleted"
    | "session_ended";
  account: { collection: string; id: string };
  /** Whether the account is anonymous, after what happened. */
  anonymous: boolean;
  /** ISO 8601 in UTC. */
  time: string;
  /** How it was signed in, who deleted it, why sessions ended. */
  cause?: SignInMethod | "anonymous" | DeletedBy | SessionEnd;
  /** How many sessions ended. */
  sessions?: number;
}

/** An error that no caller gets: what it asked for was done. */
export interface HookFailure {
  /**
   * The hook, `onEvent`, `authenticate` when an account's activity could not be written (the next request tries again),
   * `scheduleGc` when a run failed (the next one tries again), or `sendMail` when the code of a mail could not be stored (the
   * mail is not sent; its owner asks for another).
   */
  hook: AfterHook | "onEvent" | "authenticate" | "scheduleGc" | "sendMail";
  error: unknown;
}

/** What `AnonOptions` says about hooks. */
export interface HookOptions {
  /** Hooks from the beginning; more are added with `anon.hooks.hook`. */
  hooks?: Partial<{ [Name in keyof AnonHooks]: AnonHooks[Name] | readonly AnonHooks[Name][] }>;
  /** Told of everything that happens to accounts in this process, after the hooks. It is not waited for. */
  onEvent?: (event: AnonEvent) => unknown;
  /** Called with what after-hooks and `onEvent` threw, with failed writes of `authenticate`, and with failed runs of `scheduleGc`. Default: dropped. */
  onError?: (failure: HookFailure) => unknown;
}

/** Where hooks are added and removed while the program runs. */
export interface HookRegistry {
  /**
   * Adds a hook after those that are there. Returns a function that removes it.
   *
   * @throws {AnonError} `invalid_options` for a hook that there is not
   */
  hook<Name extends keyof AnonHooks>(name: Name, hook: AnonHooks[Name]): () => void;
  /** The same for the first time alone. */
  hookOnce<Name extends keyof AnonHooks>(name: Name, hook: AnonHooks[Name]): () => void;
  /** Removes a hook that was added. */
  removeHook<Name extends keyof AnonHooks>(name: Name, hook: AnonHooks[Name]): void;
}
