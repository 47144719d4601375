/** The client of browsers and its server: the adapter of node:http, on every runtime. */
import { anonymous } from "../../sdk/adapters/node.ts";
import { createAnonClient } from "../../sdk/client/index.ts";
import type { AnonClient, ClientSettings, ClientStorage } from "../../sdk/client/types.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { AnonOptions } from "../../sdk/contract/options.ts";
import memory from "../../storage-drivers/memory.ts";
import { Jar } from "./browser.ts";
import { setUp } from "./sdk.ts";
import { listen } from "./server.ts";

/** A storage that several clients can share, as tabs do. */
export function createTabStorage(): ClientStorage & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    getItem: async (key) => texts.get(key) ?? null,
    setItem: async (key, value) => texts.set(key, value),
    removeItem: async (key) => texts.delete(key),
  };
}

export interface ClientServer {
  anon: Anon;
  /** Where the API begins. */
  url: string;
  /** The method and last part of the path of each request. */
  requests: string[];
  /** A client in token mode, unless the settings say otherwise. */
  open(settings?: Partial<ClientSettings>): AnonClient;
  /** Disposes of the clients too. */
  stop(): Promise<void>;
}

export async function startServer(options: Partial<AnonOptions> = {}): Promise<ClientServer> {
  const { anon } = setUp(memory(), { now: Date.now, limits: false, ...options });
  const requests: string[] = [];
  const clients: AnonClient[] = [];
  const serve = anonymous(anon);
  const server = await listen((req, res) => {
    requests.push(`${req.method} ${req.url?.split("/").at(-1)}`);
    void serve(req, res, () => res.end());
  });
  return {
    anon,
    url: `${server.url}/api`,
    requests,
    open(settings = {}) {
      const client = createAnonClient({ url: `${server.url}/api`, mode: "token", ...settings });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.dispose();
      await server.stop();
    },
  };
}

/** The `fetch` of a browser with these cookies. */
export function fetchOfPage(jar: Jar = new Jar()): NonNullable<ClientSettings["fetch"]> {
  return async (target, init) => {
    const headers = { ...(init.headers as Record<string, string>), ...jar.header() };
    const response = await fetch(target, { ...init, headers });
    jar.take(response);
    return response;
  };
}

/** Waits until `condition` is true. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
