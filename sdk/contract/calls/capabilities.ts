/** The calls about capabilities. */
import type { CapabilityHolder } from "../capabilities.ts";

/** What accounts may, by the `capabilities` of their collection; `docs/capabilities.md` has the rules. */
export interface AnonCapabilities {
  /**
   * Whether a record has a capability, as it is at hand: synchronously, without storage. A token's claims are enough where
   * the collection has lists. `null`, and a collection that there is not, has none.
   *
   * @throws {AnonError} `invalid_options` for what is no capability, for claims where a function has to see the record, and
   * for a function that returns no list; and what that function throws
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({
   *   storage: memory(),
   *   secret: "a secret of at least 32 characters!",
   *   capabilities: { anonymous: ["cart:*"] },
   * });
   * const { token, record } = await anon.signInAnonymously();
   * console.assert(anon.can(record, "cart:write") && !anon.can(record, "orders:write"));
   * console.assert(anon.can(anon.verifyToken(token), "cart:write"));
   * ```
   */
  can(holder: CapabilityHolder | null | undefined, capability: string): boolean;

  /**
   * Refuses a holder without the capability; when none is given, one that is not registered.
   *
   * @throws {AnonError} `invalid_token` for `null`; `registration_required` for a guest who has to convert first;
   * `capability_required` for whom that would not help; and as `can`
   *
   * @example
   * ```ts
   * import { AnonError, createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const guest = await anon.signInAnonymously();
   * try {
   *   anon.authorize(guest.record, "orders:write");
   * } catch (error) {
   *   console.assert(error instanceof AnonError && error.code === "registration_required");
   * }
   * const { record } = await anon.convert(guest.token, { email: "ada@example.com", password: "correct horse battery" });
   * anon.authorize(record, "orders:write");
   * ```
   */
  authorize(holder: CapabilityHolder | null | undefined, capability?: string): void;
}
