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
 * Anonymous accounts over one storage. What is absent is `null`; refusals and outages throw. A string that a call takes as its
 * first argument is a proof (a token, a code, a password); what takes an id instead is under `admin`.
 */
export interface Anon<C extends Collections = Collections>
  extends AnonSessions<C>,
    AnonAccounts<C>,
    AnonIdentities<C>,
    AnonSelf<C>,
    AnonCredentials<C>,
    AnonCapabilities,
    AnonRequests<C> {
  /** What acts without a proof of an account's owner, or on all accounts. */
  readonly admin: AnonAdmin<C>;

  /**
   * Hooks before and after what happens to accounts; `docs/hooks.md` has them all.
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
