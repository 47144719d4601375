/** The current request, through `AsyncLocalStorage`. No import statement names that, because some runtimes have none. */

import type { Visitor } from "../contract/requests.ts";
import { AnonError } from "../errors.ts";

interface Storage<T> {
  run<R>(value: T | undefined, action: () => R): R;
  getStore(): T | undefined;
}

type StorageClass = new <T>() => Storage<T>;

// every copy of this module in a program shares it, so that `anon-accounts/context` finds what `run` stored
const KEY = Symbol.for("anon-accounts.request");
const shared = globalThis as { [KEY]?: Storage<Visitor> };

/** Runs `action`, with everything that it calls and awaits, as part of a request. */
export function runInRequest<R>(context: Visitor, action: () => R | Promise<R>): R | Promise<R> {
  return shared[KEY] ? shared[KEY].run(context, action) : runInFirst(context, action);
}

async function runInFirst<R>(context: Visitor, action: () => R | Promise<R>): Promise<R> {
  const AsyncLocalStorage = await asyncLocalStorage();
  // no `await` between the check and the assignment, so that concurrent first requests share one
  shared[KEY] ??= new AsyncLocalStorage<Visitor>();
  return await shared[KEY].run(context, action);
}

/** Runs `action` at once as part of a request for which {@link runInRequest} was called before. */
export function reenter<R>(context: Visitor, action: () => R): R {
  return shared[KEY] ? shared[KEY].run(context, action) : action();
}

/** Runs `action` outside of any request: a hook that runs during a sign-in must not wait for that sign-in to end. */
export function leaveRequest<R>(action: () => R): R {
  return shared[KEY] ? shared[KEY].run(undefined, action) : action();
}

/** The request that the caller runs in. */
export function currentRequest(): Visitor | undefined {
  return shared[KEY]?.getStore();
}

/**
 * The request that the caller runs in, which must exist.
 *
 * @param name The caller's name, for the message
 * @throws {AnonError} `outside_request`
 */
export function requireCurrentRequest(name: string): Visitor {
  const context = currentRequest();
  if (context) return context;
  throw new AnonError("outside_request", `Cannot call ${name}() here: call it inside of anon.run(request, handler)`);
}

async function asyncLocalStorage(): Promise<StorageClass> {
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => { AsyncLocalStorage?: StorageClass } | undefined };
    AsyncLocalStorage?: StorageClass;
  };
  // in a variable, so that a bundler for a runtime without the module does not resolve it
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
