/** What `createAnon` makes. */
import type { AnonAccounts } from "./calls/accounts.ts";
import type { AnonAdmin } from "./calls/admin.ts";
import type { AnonCapabilities } from "./calls/capabilities.ts";
import type { AnonCredentials } from "./calls/credentials.ts";
import type { AnonIdentities } from "./calls/identities.ts";
import type { AnonRequests } from "./calls/requests.ts";
import type { AnonSelf } from "./calls/self.ts";
import type { AnonSessions } from "./calls/sessions.ts";
import type { HookRegistry } from "./hooks.ts";
import type { Collections } from "./options.ts";

/**
 * Anonymous accounts over one storage. A missing account or session is `null`; refusals and outages throw. The first
 * argument of a call is a proof (a token, a code, a password); calls that accept an id instead are under `admin`.
 *
 * A call that reads or writes accounts may throw `storage_unavailable` and `storage_corrupt`, and one that accepts a
 * `collection` `unknown_collection` and `invalid_collection`. Each call names the other codes.
 */
export interface Anon<C extends Collections = Collections, Capability extends string = string>
  extends AnonSessions<C>,
    AnonAccounts<C>,
    AnonIdentities<C>,
    AnonSelf<C>,
    AnonCredentials<C>,
    AnonCapabilities<Capability>,
    AnonRequests<C, Capability> {
  /** Calls without a proof of the account's owner, and calls for all accounts. */
  readonly admin: AnonAdmin<C>;

  /**
   * Adds and removes hooks; `docs/hooks.md` lists them.
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const made: string[] = [];
   * const remove = anon.hooks.hook("afterCreate", ({ record }) => made.push(record.id));
   * const { record } = await anon.signInAnonymously();
   * remove();
   * console.assert(made.includes(record.id));
   * ```
   */
  readonly hooks: HookRegistry;

  /**
   * Closes the storage; calls after it are refused.
   *
   * @throws {AnonError} `storage_unavailable`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * await anon.dispose();
   * ```
   */
  dispose(): Promise<void>;
}
