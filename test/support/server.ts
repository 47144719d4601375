/** Serves a Fetch handler by the real HTTP server of the runtime under test. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as start } from "srvx";
import { toNodeHandler } from "srvx/node";

export interface TestServer {
  /** Without a trailing slash. */
  url: string;
  stop(): Promise<void>;
}

type Handler = (request: Request, host?: object) => Promise<Response>;

interface Runtimes {
  Bun?: typeof globalThis.Bun;
  Deno?: { serve(options: object, handler: Handler): { addr: { port: number }; shutdown(): Promise<void> } };
}

/** Listens on a free port of the loopback interface. */
export async function serve(handler: Handler): Promise<TestServer> {
  const { Bun, Deno } = globalThis as Runtimes;
  if (Bun) {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: handler });
    return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
  }
  if (Deno) {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, handler);
    return { url: `http://127.0.0.1:${server.addr.port}`, stop: () => server.shutdown() };
  }
  return listen(toNodeHandler(handler) as RequestListener);
}

/** Serves by srvx, which puts the client's address on the request on every runtime. */
export async function serveBySrvx(handler: (request: Request) => Response | Promise<Response>): Promise<TestServer> {
  const server = start({ fetch: handler, hostname: "127.0.0.1", port: 0, silent: true, gracefulShutdown: false });
  await server.ready();
  return { url: String(server.url).replace(/\/$/, ""), stop: async () => server.close(true) };
}

/** Serves by node:http, on every runtime. */
export async function listen(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
