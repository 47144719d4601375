/** Hooks and events. */
import type { Creation } from "./limits.ts";
import type { MergeStrategy } from "./merge.ts";
import type { AnonRecord } from "./records.ts";

/** What a hook before a change returns: `false` refuses it, and so does throwing. */
export type HookAnswer = boolean | undefined | Promise<boolean | undefined>;

/** How a session of an existing account begins. `email_code`: by a mailed code, to the account that holds the email. */
export type SignInMethod = "password" | "identity" | "transfer_code" | "email_code";

/** What hooks are called with. */
export interface HookPayload {
  /** The account's record as it is now; after a deletion, as it was. */
  record: AnonRecord;
}

/** What `afterCreate` is called with. */
export type Created = HookPayload;

/** What `beforeSignIn` is called with. */
export interface SigningIn extends HookPayload {
  /** What proved who signs in. */
  method: SignInMethod;
  /** If it is known. Its body may have been read. */
  request?: Request;
}

/** What `afterSignIn` is called with. */
export interface SignedIn extends HookPayload {
  /** `anonymous`: with a new account; `merge`: by the token of a guest that was merged into the account. */
  method: SignInMethod | "anonymous" | "merge";
  /** The session's id: `sid` of its token. */
  session: string;
}

/** What `beforeConvert` is called with; the record is the guest's. */
export interface Converting extends HookPayload {
  /** Missing with an identity whose service does not vouch for the email. */
  email?: string;
  /** If one was chosen. */
  username?: string;
  /** The service, if the conversion is with an external identity. */
  provider?: string;
  /** If it is known. Its body may have been read. */
  request?: Request;
}

/** What `afterConvert` is called with. */
export type Converted = HookPayload;

/** What `afterLink` and `afterUnlink` are called with. */
export interface Linking extends HookPayload {
  /** The service of the external identity. */
  provider: string;
}

/** What `beforeMerge` is called with; the record is that of the account to merge into. */
export interface MergeAttempt extends HookPayload {
  /** The guest's record. */
  guest: AnonRecord;
  /** Of the call, or of the collection. */
  strategy: MergeStrategy;
}

/** What `merge` is called with. */
export interface MergeStep extends MergeAttempt {
  /** The same in each call for one merge. */
  mergeId: string;
  /** The guest's id, which belongs to the account after the merge. */
  from: string;
}

/** What `afterMerge` is called with. */
export interface MergeDone extends HookPayload, Pick<MergeStep, "from" | "mergeId"> {}

/** Who deletes an account: garbage collection, or a call. */
export type DeletedBy = "gc" | "delete";

/** What `beforeDelete` and `afterDelete` are called with. */
export interface Deletion extends HookPayload {
  /** Who deletes it. */
  by: DeletedBy;
}

/** What `beforeExpiry` is called with. */
export interface Expiry extends HookPayload {
  /** When it is collected at the earliest, unless it is active before (ISO 8601 in UTC). */
  ends: string;
}

/** What `afterQuarantine` is called with. */
export interface Quarantined extends HookPayload {
  /** Until when it can be restored (ISO 8601 in UTC). */
  until: string;
}

/** What `afterRestore` is called with. */
export type Restored = HookPayload;

/**
 * Why sessions end before they expire.
 * - `sign_out`, `everywhere`: their owner signed out, of one or of all
 * - `ended`: their owner ended another one
 * - `convert`, `password`, `email`, `unlink`: this change ended all others
 * - `verification`: the first proof of an unverified email ended those that may be a squatter's
 * - `merge`: the guest was merged into an account
 * - `limit`: the oldest one ended, because there were more than `maxSessions`
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

/** What `beforeSessionEnd` and `afterSessionEnd` are called with. */
export interface EndedSessions extends HookPayload {
  /** Their ids. */
  sessions: readonly string[];
  /** Why they end. */
  reason: SessionEnd;
}

/** All hooks. `docs/hooks.md` says when each is called, and what happens when it throws. */
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
  /** Moves the application's data from the guest to the account. Must be repeatable: it is called until it succeeds. */
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
  /** To warn the owner of a guest that `gc` will collect after `warning`. */
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

/** Hooks that run before a change and can refuse it. */
export type BeforeHook = Extract<keyof AnonHooks, `before${string}`> | "merge";

/** Hooks that run after a change. */
export type AfterHook = Extract<keyof AnonHooks, `after${string}`>;

/** A change of an account, without personal data: for audit logs and metrics. */
export interface AnonEvent {
  /** What happened. */
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
  /** Which account it happened to. */
  account: { collection: string; id: string };
  /** Whether the account is anonymous, after the change. */
  anonymous: boolean;
  /** ISO 8601 in UTC. */
  time: string;
  /** How it was signed in, who deleted it, why sessions ended. */
  cause?: SignInMethod | "anonymous" | DeletedBy | SessionEnd;
  /** How many sessions ended. */
  sessions?: number;
}

/** An error that does not reach a caller, because the call itself succeeded. */
export interface HookFailure {
  /**
   * The hook, `onEvent`, `authenticate` when an account's activity could not be written (the next request tries again),
   * `scheduleGc` when a run failed (the next one tries again), `keepMany` when it failed or returned something else than
   * ids that it was called with (the accounts are kept), or `sendMail` when the code of a mail could not be stored (the
   * mail is not sent; its owner asks for another).
   */
  hook: AfterHook | "onEvent" | "authenticate" | "scheduleGc" | "keepMany" | "sendMail";
  /** What was thrown. */
  error: unknown;
}

/** The part of `AnonOptions` that is for hooks. */
export interface HookOptions {
  /** More are added with `anon.hooks.hook`. */
  hooks?: Partial<{ [Name in keyof AnonHooks]: AnonHooks[Name] | readonly AnonHooks[Name][] }>;
  /** Called after the hooks of each change in this process. It is not awaited. */
  onEvent?: (event: AnonEvent) => unknown;
  /** Called with errors that reach no caller. Default: they are dropped. */
  onError?: (failure: HookFailure) => unknown;
}

/** Adds and removes hooks while the program runs. */
export interface HookRegistry {
  /**
   * Adds a hook after those of its name. Returns a function that removes it.
   *
   * @throws {AnonError} `invalid_options` for an unknown name
   */
  hook<Name extends keyof AnonHooks>(name: Name, hook: AnonHooks[Name]): () => void;
  /** Adds a hook that runs once. */
  hookOnce<Name extends keyof AnonHooks>(name: Name, hook: AnonHooks[Name]): () => void;
  /** Removes a hook. */
  removeHook<Name extends keyof AnonHooks>(name: Name, hook: AnonHooks[Name]): void;
}
