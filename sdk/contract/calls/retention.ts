/** The calls about how long accounts are kept. */

import type { Collections, DefaultName, FieldsOf, NameOf } from "../options.ts";
import type { AccountRef, AnonRecord } from "../records.ts";
import type { AccountStatus, DoctorOptions, DoctorReport, GcOptions, GcReport } from "../retention.ts";

/** What is kept, for how long, and what is not. */
export interface AnonRetention<C extends Collections = Collections> {
  /**
   * Collects anonymous accounts without activity for `olderThan`, or for the `retention` of their collection, oldest first,
   * in bounded memory, beside any number of servers and other runs. An account counts as active for `activityResolution`
   * after its last written activity. With a `quarantine` what is collected can be restored for that time.
   *
   * @throws {AnonError} `invalid_duration`, `invalid_options`, `invalid_collection`, `unknown_collection`,
   * `storage_unavailable`: what was collected until then is
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!", retention: "30d" });
   * await anon.signInAnonymously();
   * const report = await anon.gc({ dryRun: true });
   * console.assert(report.deleted === 0 && !report.remaining);
   * console.assert((await anon.gc({ olderThan: "90d" })).deleted === 0);
   * ```
   */
  gc(options?: GcOptions<NameOf<C>>): Promise<GcReport>;

  /**
   * Examines every account of a collection: finishes what dead processes left undone, compares what is stored with the due
   * queue and queues again what is missing there, and reports which values cannot be read. Safe beside servers and `gc`. It
   * reads everything, so it is for when something went wrong.
   *
   * @throws {AnonError} `unknown_collection`, `invalid_collection`, `storage_unavailable`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * await anon.signInAnonymously();
   * const { accounts, queue, damaged, complete } = await anon.doctor();
   * console.assert(complete && accounts.anonymous === 1 && queue?.missing === 0 && damaged.count === 0);
   * ```
   */
  doctor(options?: DoctorOptions<NameOf<C>>): Promise<DoctorReport>;

  /**
   * Brings an account back from quarantine, as it was and with its sessions; it counts as active now.
   *
   * @throws {AnonError} `not_found`: there never was one, or it is gone for good; `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const clock = { now: Date.now() };
   * const secret = "a secret of at least 32 characters!";
   * const anon = createAnon({ storage: memory(), secret, now: () => clock.now, quarantine: "7d" });
   * const { token, record } = await anon.signInAnonymously();
   * clock.now += 20 * 86_400_000;
   * await anon.gc({ olderThan: "10d" });
   * console.assert((await anon.authenticate(token)) === null);
   * await anon.restore(record.id);
   * console.assert((await anon.authenticate(token))?.record.id === record.id);
   * ```
   */
  restore<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<AnonRecord<FieldsOf<C, N>>>;

  /**
   * Keeps an account from being deleted by anybody, its owner and `gc` included, until it is released.
   *
   * @throws {AnonError} `not_found`, `invalid_options`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously();
   * await anon.hold(record.id, { reason: "case 17" });
   * console.assert((await anon.inspect(record.id))?.hold?.reason === "case 17");
   * await anon.release(record.id);
   * console.assert(await anon.delete(record.id));
   * ```
   */
  hold<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
    options?: { reason?: string },
  ): Promise<AnonRecord<FieldsOf<C, N>>>;

  /**
   * Ends a hold; an account without one stays as it is.
   *
   * @throws {AnonError} `not_found`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously();
   * await anon.hold(record.id);
   * await anon.release(record.id);
   * console.assert((await anon.inspect(record.id))?.hold === null);
   * ```
   */
  release<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<AnonRecord<FieldsOf<C, N>>>;

  /**
   * What is known of an account beside its record, in quarantine too; `null` when there is none.
   *
   * @throws {AnonError} as `get`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously();
   * const status = await anon.inspect(record.id);
   * console.assert(status?.sessions === 1 && status.hold === null && status.quarantine === null);
   * ```
   */
  inspect<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
  ): Promise<AccountStatus<FieldsOf<C, N>> | null>;
}
