/** Guards for Hono. */
import type { AnonRequests } from "../../contract/calls/requests.ts";
import type { GuardOptions } from "../../contract/requests.ts";
import { createGuard } from "../../http/guard.ts";

/**
 * Middleware that lets only registered accounts through, and guests where it says so. It goes behind `anonymous(anon)`.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/hono";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new Hono().use(anonymous(anon)).get("/orders", guard(anon), (c) => c.text("orders"));
 * console.assert((await app.request("/orders")).status === 401);
 * ```
 */
export function guard(
  anon: AnonRequests,
  options?: GuardOptions,
): (context: { req: { raw: Request } }, next: () => Promise<void>) => Promise<Response | undefined> {
  const refuse = createGuard(anon, options);
  return async (c, next) => (await refuse(c.req.raw)) ?? ((await next()) as undefined);
}
