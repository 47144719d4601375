/** Guards for h3, version 2. */
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
 * import { H3 } from "h3";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/h3";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new H3().use(anonymous(anon)).get("/orders", () => "orders", { middleware: [guard(anon)] });
 * console.assert((await app.request("/orders")).status === 401);
 * ```
 */
export function guard(
  anon: AnonRequests,
  options?: GuardOptions,
): (event: { req: Request }, next: () => unknown) => Promise<unknown> {
  const refuse = createGuard(anon, options);
  return async (event, next) => (await refuse(event.req)) ?? next();
}
