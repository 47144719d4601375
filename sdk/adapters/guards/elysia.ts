/** Guards for Elysia. */
import type { AnonRequests } from "../../contract/calls/requests.ts";
import type { GuardOptions } from "../../contract/requests.ts";
import { createGuard } from "../../http/guard.ts";

/**
 * A `beforeHandle` that lets only registered accounts through, and guests where it says so.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { Elysia } from "elysia";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/elysia";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new Elysia().use(anonymous(anon)).get("/orders", () => "orders", { beforeHandle: guard(anon) });
 * console.assert((await app.handle(new Request("https://shop.example/orders"))).status === 401);
 * ```
 */
export function guard(
  anon: AnonRequests,
  options?: GuardOptions,
): (context: { request: Request }) => Promise<Response | undefined> {
  const refuse = createGuard(anon, options);
  return async ({ request }) => (await refuse(request)) ?? undefined;
}
