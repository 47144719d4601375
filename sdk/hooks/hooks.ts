/** Runs the application's hooks before and after a change of an account. */
import type { Account } from "../account/account.ts";
import { toRecord } from "../account/record.ts";
import type {
  AfterHook,
  AnonHooks,
  BeforeHook,
  HookFailure,
  HookOptions,
  HookRegistry,
  SessionEnd,
  SignedIn,
} from "../contract/hooks.ts";
import type { AnonRecord } from "../contract/records.ts";
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { hint } from "../settings/nearest.ts";
import { eventOf } from "./event.ts";

type Argument<Name extends keyof AnonHooks> = Parameters<AnonHooks[Name]>[0];

/** The hooks as the operations use them. */
export interface Hooks {
  registry: HookRegistry;
  /** Whether there are hooks of this name: payloads without listeners are not built. */
  has(name: keyof AnonHooks): boolean;
  /**
   * Runs one hook after another, until one refuses.
   *
   * @throws {AnonError} of `code` when one returns `false`; and what one throws
   */
  runBefore<Name extends BeforeHook>(name: Name, attempt: () => Argument<Name>, code: AnonErrorCode): Promise<void>;
  /** Runs one hook after another, then `onEvent`. Never throws: the change is already stored. */
  runAfter<Name extends AfterHook>(name: Name, done: () => Argument<Name>): Promise<void>;
  /** Passes to `onError` a failure that does not make a call fail. Never throws. */
  reportError(failure: HookFailure): void;
}

const NAMES: Readonly<Record<keyof AnonHooks, true>> = {
  beforeCreate: true,
  afterCreate: true,
  beforeSignIn: true,
  afterSignIn: true,
  beforeConvert: true,
  afterConvert: true,
  beforeMerge: true,
  merge: true,
  afterMerge: true,
  afterLink: true,
  afterUnlink: true,
  beforeDelete: true,
  afterDelete: true,
  beforeExpiry: true,
  afterQuarantine: true,
  afterRestore: true,
  beforeSessionEnd: true,
  afterSessionEnd: true,
};

/** For the message of a refusal. */
const REFUSED: Readonly<Record<BeforeHook, string>> = {
  beforeCreate: "create this account",
  beforeSignIn: "sign in to this account",
  beforeConvert: "convert this account",
  beforeMerge: "merge this guest",
  merge: "merge this guest",
  beforeDelete: "delete this account",
  beforeExpiry: "warn of the end of this account",
  beforeSessionEnd: "end this session",
};

// what hooks threw to refuse something: the HTTP API may show it to the requester
const refusals = new WeakSet<object>();

/** Whether a hook threw this error to refuse something. */
export function isRefusal(error: unknown): boolean {
  return typeof error === "object" && error !== null && refusals.has(error);
}

type Hook = (argument: unknown) => unknown;

/**
 * @param outside Runs a hook outside of the current request, whose functions would wait for the call that runs the hook
 * @throws {AnonError} `invalid_options` for a hook that is not a function, or has an unknown name
 */
export function createHookRunner(
  { hooks: given, onEvent, onError }: HookOptions,
  now: () => number,
  outside: <R>(action: () => R) => R,
): Hooks {
  for (const [name, option] of Object.entries({ onEvent, onError })) {
    if (option !== undefined && typeof option !== "function") throw notUsable(`\`${name}\``, "pass a function");
  }
  const lists = new Map<string, readonly Hook[]>();
  // a list is replaced and never changed, so that a run of its hooks completes
  const registered = (name: string): readonly Hook[] => lists.get(name) ?? [];

  function remove(name: string, hook: unknown): void {
    const list = registered(name);
    const at = list.indexOf(hook as Hook);
    if (at >= 0) lists.set(name, list.toSpliced(at, 1));
  }

  function add(name: string, hook: unknown): () => void {
    if (typeof name !== "string" || !Object.hasOwn(NAMES, name))
      throw notUsable(
        `hook ${JSON.stringify(typeof name === "string" ? name : typeof name)}`,
        hint(String(name), Object.keys(NAMES)),
      );
    if (typeof hook !== "function") throw notUsable(`\`hooks.${name}\``, "pass a function");
    lists.set(name, [...registered(name), hook as Hook]);
    let isRegistered = true;
    return () => {
      // a second call must not remove another registration of the same function
      if (isRegistered) remove(name, hook);
      isRegistered = false;
    };
  }

  function addOnce(name: string, hook: unknown): () => void {
    if (typeof hook !== "function") throw notUsable(`\`hooks.${name}\``, "pass a function");
    const removeOnce = add(name, (argument: unknown) => {
      removeOnce();
      return hook(argument);
    });
    return removeOnce;
  }

  for (const [name, hook] of Object.entries(given ?? {})) {
    if (hook !== undefined) for (const one of [hook].flat()) add(name, one);
  }

  function reportError(failure: HookFailure): void {
    try {
      // `onError` itself may fail, at once or later, and nothing is left to report that to
      Promise.resolve(outside(() => onError?.(failure))).catch(() => undefined);
    } catch {
      // as above
    }
  }

  async function runBefore(name: BeforeHook, attempt: () => unknown, code: AnonErrorCode): Promise<void> {
    for (const hook of registered(name)) {
      let answer: unknown;
      try {
        answer = await outside(() => hook(own(attempt())));
      } catch (error) {
        if (typeof error === "object" && error !== null) refusals.add(error);
        throw error;
      }
      // `beforeCreate` must return a truthy value or `undefined`; other hooks refuse only with `false`
      const isRefused = name === "beforeCreate" ? answer !== undefined && !answer : answer === false;
      if (isRefused) throw new AnonError(code, `Cannot ${REFUSED[name]}: ${name} refused it`);
    }
  }

  async function runAfter<Name extends AfterHook>(name: Name, done: () => Argument<Name>): Promise<void> {
    for (const hook of registered(name)) {
      try {
        await outside(() => hook(own(done())));
      } catch (error) {
        reportError({ hook: name, error });
      }
    }
    if (!onEvent) return;
    try {
      const handled = outside(() => onEvent(eventOf(name, done(), now())));
      Promise.resolve(handled).catch((error) => reportError({ hook: "onEvent", error }));
    } catch (error) {
      reportError({ hook: "onEvent", error });
    }
  }

  return {
    registry: { hook: add, hookOnce: addOnce, removeHook: remove },
    // most applications have none, and every sign-in asks three times
    has: (name) =>
      (lists.size > 0 && registered(name).length > 0) || (onEvent !== undefined && name.startsWith("after")),
    runBefore,
    runAfter,
    reportError,
  };
}

/** A copy for one hook, so that its changes reach neither other hooks nor the caller. */
function own<T>(argument: T): T {
  const { record } = argument as { record?: AnonRecord };
  return record === undefined ? argument : { ...argument, record: structuredClone(record) };
}

function notUsable(what: string, todo: string): AnonError {
  return new AnonError("invalid_options", `Cannot use ${what}: ${todo}`);
}

/** For a new guest, which is signed in if it has a session. */
export async function notifyCreated(hooks: Hooks, account: Account): Promise<void> {
  const record = () => toRecord(account);
  if (hooks.has("afterCreate")) await hooks.runAfter("afterCreate", () => ({ record: record() }));
  const [session] = account.sessions;
  if (session) await notifySignedIn(hooks, account, "anonymous", session.id);
}

export async function notifySignedIn(
  hooks: Hooks,
  account: Account,
  method: SignedIn["method"],
  session: string,
): Promise<void> {
  if (!hooks.has("afterSignIn")) return;
  await hooks.runAfter("afterSignIn", () => ({ record: toRecord(account), method, session }));
}

/** Reports the sessions that a change ended, without those that had expired by `now`. */
export async function notifyEnded(
  hooks: Hooks,
  before: Account,
  after: Account,
  reason: SessionEnd,
  now: number,
): Promise<void> {
  if (!hooks.has("afterSessionEnd")) return;
  const ended = endedBetween(before, after, now);
  if (ended.length === 0) return;
  await hooks.runAfter("afterSessionEnd", () => ({ record: toRecord(after), sessions: [...ended], reason }));
}

/** The ids of the living sessions that an account loses by a change. */
export function endedBetween(before: Account, after: Account, now: number): string[] {
  const kept = new Set(after.sessions.map(({ id }) => id));
  return before.sessions.filter(({ id, expires }) => expires > now && !kept.has(id)).map(({ id }) => id);
}
