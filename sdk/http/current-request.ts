/** The request that code runs in, found through `AsyncLocalStorage` without importing it: not every runtime has one. */

import type { RequestContext } from "../contract/requests.ts";
import { AnonError } from "../errors.ts";

interface Storage<T> {
  run<R>(value: T | undefined, action: () => R): R;
  getStore(): T | undefined;
}

type StorageClass = new <T>() => Storage<T>;

// shared by every copy of this module in a program, so that `anon-accounts/context` finds what `run` put there
const KEY = Symbol.for("anon-accounts.request");
const shared = globalThis as { [KEY]?: Storage<RequestContext> };

/** Runs `action` as part of a request, with all that it calls and awaits. */
export function runInRequest<R>(context: RequestContext, action: () => R | Promise<R>): R | Promise<R> {
  return shared[KEY] ? shared[KEY].run(context, action) : runInFirst(context, action);
}

async function runInFirst<R>(context: RequestContext, action: () => R | Promise<R>): Promise<R> {
  const AsyncLocalStorage = await asyncLocalStorage();
  // without waiting between looking and making: of many first requests all must find the same one
  shared[KEY] ??= new AsyncLocalStorage<RequestContext>();
  return await shared[KEY].run(context, action);
}

/** Runs `action` as part of a request that {@link runInRequest} was called for, without waiting for anything. */
export function reenter<R>(context: RequestContext, action: () => R): R {
  return shared[KEY] ? shared[KEY].run(context, action) : action();
}

/**
 * Runs `action` outside of any request: what runs in the middle of a sign-in must not wait for that sign-in to be
 * done.
 */
export function leaveRequest<R>(action: () => R): R {
  return shared[KEY] ? shared[KEY].run(undefined, action) : action();
}

/** The request that the caller runs in, if any. */
export function currentRequest(): RequestContext | undefined {
  return shared[KEY]?.getStore();
}

/**
 * The request that the caller runs in.
 *
 * @throws {AnonError} `outside_request`
 */
export function requireCurrentRequest(name: string): RequestContext {
  const context = currentRequest();
  if (context) return context;
  throw new AnonError("outside_request", `Cannot call ${name}() here: call it inside of anon.run(request, handler)`);
}

async function asyncLocalStorage(): Promise<StorageClass> {
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => { AsyncLocalStorage?: StorageClass } | undefined };
    AsyncLocalStorage?: StorageClass;
  };
  // in a variable, so that a bundler for a runtime without it does not look for it
  const specifier = "node:async_hooks";
  const found =
    host.process?.getBuiltinModule?.(specifier)?.AsyncLocalStorage ??
    host.AsyncLocalStorage ??
    (await import(specifier).then(
      (module: { AsyncLocalStorage?: StorageClass }) => module.AsyncLocalStorage,
      () => undefined,
    ));
  if (found) return found;
  throw new AnonError(
    "outside_request",
    "Cannot use anon.run(): this runtime has no AsyncLocalStorage, use anon.context(request)",
  );
}
