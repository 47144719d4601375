/** What `createAnon` makes. */
import type { AnonAccounts } from "./anon-accounts.ts";
import type { AnonCapabilities } from "./anon-capabilities.ts";
import type { AnonRequests } from "./anon-requests.ts";
import type { AnonSessions } from "./anon-sessions.ts";
import type { HookRegistry } from "./hooks/types.ts";
import type { Collections, GcOptions, GcReport, NameOf } from "./types.ts";

/** Anonymous accounts over one storage. What is absent is `null`; refusals and outages throw. */
export interface Anon<C extends Collections = Collections>
  extends AnonSessions<C>,
    AnonAccounts<C>,
    AnonRequests<C>,
    AnonCapabilities {
  /**
   * Deletes anonymous accounts without activity for `olderThan`, oldest first, in bounded memory, beside any number of
   * servers and other runs. An account counts as active for `activityResolution` after its last written activity.
   *
   * @throws {AnonError} `invalid_duration`, `invalid_options`, `invalid_collection`, `unknown_collection`,
   * `storage_unavailable`: what was deleted until then is
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * await anon.signInAnonymously();
   * const report = await anon.gc({ olderThan: "30d", dryRun: true });
   * console.assert(report.deleted === 0 && !report.remaining);
   * ```
   */
  gc(options: GcOptions<NameOf<C>>): Promise<GcReport>;

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
