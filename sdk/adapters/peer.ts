/** What servers hand over beside a request. */
import type { Platform } from "../http/types.ts";

/** Of what is handed over that which tells who sent the request. */
interface Host {
  /** Bun's server. */
  requestIP?(request: Request): { address: string } | null;
  /** Deno's second argument. */
  remoteAddr?: { hostname?: string };
  /** Node's message, where Hono runs on it. */
  incoming?: { socket?: { remoteAddress?: string } };
}

/** Who sent a request, and what keeps a Worker alive. */
export function platformOf(request: Request, host: unknown, execution?: unknown): Platform {
  const { requestIP, remoteAddr, incoming } = (typeof host === "object" && host !== null ? host : {}) as Host;
  const worker = execution as Platform | undefined;
  return {
    address: requestIP?.call(host, request)?.address ?? remoteAddr?.hostname ?? incoming?.socket?.remoteAddress,
    waitUntil: typeof worker?.waitUntil === "function" ? (promise) => worker.waitUntil?.(promise) : undefined,
  };
}
