import type { CapabilityHolder } from "../capabilities.ts";

/** Capabilities of accounts, by the options of their collection; `docs/capabilities.md` has the rules. */
export interface AnonCapabilities<Capability extends string = string> {
  /**
   * Whether a record has a capability: synchronously, without storage. Claims are enough if the collection grants by
   * lists. `false` for `null`, and for an account of an unknown collection.
   *
   * @throws {AnonError} `invalid_options` for a malformed capability, for claims if the collection grants by a
   * function, and for a function that returns no list; and what that function throws
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
  can(holder: CapabilityHolder | null | undefined, capability: Capability): boolean;

  /**
   * Throws for a holder without the capability; if none is given, for one that is not registered.
   *
   * @throws {AnonError} `invalid_token` for `null`; `registration_required` for a guest who has to convert first;
   * `capability_required` for all others; and as `can`
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
  authorize(holder: CapabilityHolder | null | undefined, capability?: Capability): void;
}
