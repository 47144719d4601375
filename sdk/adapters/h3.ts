/**
 * Middleware for h3, version 2. For version 1 wrap its listener: `anonymous` of `anon-accounts/node` goes before
 * `toNodeListener(app)`.
 *
 * @module
 */
import type { AnonRequests } from "../anon-requests.ts";
import { runInRequest } from "../http/ambient.ts";
import { SHARED_CACHE_HEADERS } from "../http/response.ts";
import type { RequestContext } from "../http/types.ts";

export { guard } from "./guards/h3.ts";

/** What is used of h3's event. */
interface Event {
  req: Request;
  res: { headers: Headers; errHeaders: Headers };
}

/**
 * Serves the HTTP API, and lets `anon-accounts/context` work in all that comes after it.
 *
 * @example
 * ```ts
 * import { H3 } from "h3";
 * import { createAnon } from "anon-accounts";
 * import { signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/h3";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new H3().use(anonymous(anon)).post("/cart", () => signInAnonymously());
 * console.assert((await app.request("/cart", { method: "POST" })).headers.has("Set-Cookie"));
 * ```
 */
export function anonymous(anon: AnonRequests): (event: Event, next: () => unknown) => Promise<unknown> {
  return async (event, next) => {
    if (anon.handles(event.req)) return anon.handler(event.req);
    const context = await anon.context(event.req);
    let answer: unknown;
    try {
      answer = await runInRequest(context, next);
    } catch (error) {
      // whoever was signed in before something failed has an account all the same
      add(event.res.errHeaders, context);
      throw error;
    }
    if (answer instanceof Response) return context.respond(answer);
    add(event.res.headers, context);
    return answer;
  };
}

function add(target: Headers, context: RequestContext): void {
  const { headers } = context.respond(new Response(null, { headers: target }));
  for (const name of ["cache-control", "vary", ...SHARED_CACHE_HEADERS]) {
    const value = headers.get(name);
    if (value === null) target.delete(name);
    else target.set(name, value);
  }
  target.delete("set-cookie");
  for (const cookie of headers.getSetCookie()) target.append("set-cookie", cookie);
}
