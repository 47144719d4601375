/**
 * The address of the connection of a request, for frameworks that hide Node's message. Node publishes each request on a
 * diagnostics channel before it emits it, so a store that is entered there is that of the whole request.
 */
import { UNKNOWN_ADDRESS } from "../http/client-address.ts";

interface Storage {
  enterWith(address: string): void;
  getStore(): string | undefined;
}

interface Builtins {
  "node:async_hooks": { AsyncLocalStorage: new () => Storage };
  "node:diagnostics_channel": {
    subscribe(name: string, listener: (message: { request: { socket: { remoteAddress?: string } } }) => void): void;
  };
}

// bundlers make several copies of this module
const KEY = Symbol.for("anon-accounts.connections");
const shared = globalThis as { [KEY]?: Storage };

/** Begins to note the addresses of requests. Does nothing where Node's channels do not exist. */
export function noteAddresses(): void {
  const channels = builtin("node:diagnostics_channel");
  const hooks = builtin("node:async_hooks");
  if (shared[KEY] || !channels || !hooks) return;
  const addresses = new hooks.AsyncLocalStorage();
  shared[KEY] = addresses;
  channels.subscribe("http.server.request.start", ({ request }) => {
    addresses.enterWith(request.socket.remoteAddress ?? UNKNOWN_ADDRESS);
  });
}

/**
 * The address of the current request; that of unknown ones for a request that arrived before {@link noteAddresses}, such as
 * the first of a process; `undefined` where Node serves no requests, as on a serverless platform.
 */
export function connectionAddress(): string | undefined {
  return shared[KEY]?.getStore() ?? (isServer() ? UNKNOWN_ADDRESS : undefined);
}

function isServer(): boolean {
  const { process } = globalThis as { process?: { getActiveResourcesInfo?: () => string[] } };
  return process?.getActiveResourcesInfo?.().includes("TCPServerWrap") === true;
}

function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: <One extends Name>(name: One) => Builtins[One] | undefined };
  };
  return process?.getBuiltinModule?.(name);
}
