/** What servers hand over beside a request. */
import type { Platform } from "../contract/http.ts";

/** What Hono hands on: of Bun and Deno what they hand over, in an object or as it is; of Node its message. */
interface Bindings extends Platform {
  server?: Platform;
  incoming?: { socket?: Platform };
}

/** The platform behind Hono's `env`, which may be anything. */
export function platformOf(env: unknown): Platform {
  const bindings: Bindings = typeof env === "object" && env !== null ? env : {};
  const { server, incoming } = bindings;
  if (incoming?.socket) return incoming.socket;
  return typeof server?.requestIP === "function" ? server : bindings;
}
