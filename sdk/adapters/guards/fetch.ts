/** Guards of servers that answer a `Request` with a `Response`. */
import type { AnonRequests } from "../../contract/calls/requests.ts";
import type { GuardOptions, RequestContext } from "../../contract/requests.ts";
import { createGuard } from "../../http/guard.ts";

type Handler = (request: Request, context: RequestContext) => Response | Promise<Response>;
type Guarded = (request: Request) => Promise<Response>;

/**
 * Lets only registered accounts through to a handler, and guests where it says so. What is refused is answered with 401
 * or 403 and JSON that says what to do.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/fetch";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const fetch = anonymous(anon, guard(anon)(() => new Response("orders")));
 * console.assert((await fetch(new Request("https://shop.example/orders"))).status === 401);
 * ```
 */
export function guard(anon: AnonRequests, options?: GuardOptions): (handler: Handler) => Guarded {
  const refuse = createGuard(anon, options);
  return (handler) => async (request) => (await refuse(request)) ?? handler(request, await anon.context(request));
}
