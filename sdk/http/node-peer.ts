/**
 * The address of the connection whose request runs, where a framework serves Node's HTTP server and passes on a `Request`
 * alone. Node announces each request of its servers on a channel before it runs.
 */
import type { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage } from "node:http";
import { UNKNOWN_ADDRESS } from "./client-address.ts";

type Modules = {
  "node:async_hooks": typeof import("node:async_hooks");
  "node:diagnostics_channel": typeof import("node:diagnostics_channel");
};

// every copy of this module in a program shares it: a bundle may have several
const KEY = Symbol.for("anon-accounts.node-peer");
const shared = globalThis as { [KEY]?: AsyncLocalStorage<string> };

/** Begins to note addresses, for requests that begin after it. */
export function notePeers(): void {
  if (shared[KEY]) return;
  const host = globalThis as {
    process?: { getBuiltinModule?: <Name extends keyof Modules>(name: Name) => Modules[Name] | undefined };
    Bun?: object;
    Deno?: object;
  };
  // their servers put the address elsewhere, or announce no request
  if (host.Bun || host.Deno) return;
  const hooks = host.process?.getBuiltinModule?.("node:async_hooks");
  const channels = host.process?.getBuiltinModule?.("node:diagnostics_channel");
  if (!hooks || !channels) return;
  const peers = new hooks.AsyncLocalStorage<string>();
  shared[KEY] = peers;
  channels.subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    peers.enterWith(request.socket.remoteAddress ?? UNKNOWN_ADDRESS);
  });
}

/** The address; `undefined` outside of a request, and where it cannot be known. */
export function currentPeer(): string | undefined {
  return shared[KEY]?.getStore();
}
