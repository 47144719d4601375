/** The calls for the application itself. */
import type { IdentityInput } from "../identities.ts";
import type { Collections, DefaultName, FieldsOf, InputOf, NameOf } from "../options.ts";
import type {
  AccountExport,
  AccountRef,
  AnonRecord,
  AuthData,
  ConvertInput,
  ConvertOptions,
  CreatedUser,
  ListOptions,
  SessionInfo,
} from "../records.ts";
import type {
  AccountStatus,
  DoctorOptions,
  DoctorReport,
  GcOptions,
  GcReport,
  ScheduleGcOptions,
} from "../retention.ts";

/**
 * What acts on an account without a proof of its owner, or on all accounts. An account is named by its id in `users`, or by
 * `{ collection, id }`. Never pass on what a visitor sent without checking that it is theirs.
 */
export interface AnonAdmin<C extends Collections = Collections> {
  /**
   * Creates an account without signing it in. The password is answered this once; only its hash is stored.
   *
   * @throws {AnonError} as `signInAnonymously`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { email, password, record } = await anon.admin.createUser();
   * console.assert((await anon.signInWithPassword(email, password)).record.id === record.id);
   * ```
   */
  createUser<N extends NameOf<C> = DefaultName<C>>(options?: {
    collection?: N;
    data?: InputOf<C, N>;
  }): Promise<CreatedUser<FieldsOf<C, N>>>;

  /**
   * The record of an account, `null` when there is none.
   *
   * @throws {AnonError} `unknown_collection`, `invalid_collection`, `storage_unavailable`, `storage_corrupt`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously();
   * console.assert((await anon.admin.get(record.id))?.email === record.email);
   * console.assert((await anon.admin.get({ collection: "customers", id: record.id })) === null);
   * ```
   */
  get<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<AnonRecord<FieldsOf<C, N>> | null>;

  /**
   * The record of the account that has an email, in any case and Unicode normalisation; `null` when there is none.
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
   * console.assert((await anon.admin.findByEmail(record.email.toUpperCase()))?.id === record.id);
   * ```
   */
  findByEmail<N extends NameOf<C> = DefaultName<C>>(
    email: string,
    options?: { collection?: N },
  ): Promise<AnonRecord<FieldsOf<C, N>> | null>;

  /**
   * The records of a collection, one after another, in no particular order and in bounded memory.
   *
   * @throws {AnonError} `storage_corrupt` behind the last record that can be read; `invalid_options`, `invalid_duration`,
   * and as `get`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * await anon.signInAnonymously();
   * for await (const record of anon.admin.list({ anonymous: true, limit: 10 })) console.assert(record.anonymous);
   * ```
   */
  list<N extends NameOf<C> = DefaultName<C>>(options?: ListOptions<N>): AsyncIterable<AnonRecord<FieldsOf<C, N>>>;

  /**
   * Sets own fields, all that are named or none; others stay, and `undefined` removes one.
   *
   * @throws {AnonError} `not_found`, `reserved_field`, `invalid_data`, `record_too_large`, `conflict`,
   * `storage_unavailable`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously({ data: { plan: "free", cart: [] } });
   * const updated = await anon.admin.update(record.id, { plan: "paid", cart: undefined });
   * console.assert(updated.plan === "paid" && !("cart" in updated));
   * ```
   */
  update<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
    data: Partial<InputOf<C, N>>,
  ): Promise<AnonRecord<FieldsOf<C, N>>>;

  /**
   * Deletes an account of either kind with its sessions; its email is free again. Returns whether there was one. With
   * `onlyAnonymous` one that is registered, or becomes so meanwhile, is left as it is: `false`.
   *
   * @throws {AnonError} `conflict`, `storage_unavailable`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously();
   * console.assert(await anon.admin.delete(record.id));
   * console.assert(!(await anon.admin.delete(record.id)));
   * ```
   */
  delete<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
    options?: { onlyAnonymous?: boolean },
  ): Promise<boolean>;

  /**
   * What `anon.convert` does, without a token: for an application that knows the account by other means.
   *
   * @throws {AnonError} as `anon.convert`, and `not_found`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.admin.createUser();
   * const input = { email: "ada@example.com", password: "correct horse battery" };
   * console.assert((await anon.admin.convert(record.id, input)).record.email === input.email);
   * ```
   */
  convert<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
    input: ConvertInput<InputOf<C, N>>,
  ): Promise<AuthData<FieldsOf<C, N>>>;

  /**
   * What `anon.convertWithIdentity` does, without a token.
   *
   * @throws {AnonError} as `anon.convertWithIdentity`, and `not_found`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.admin.createUser();
   * const identity = { provider: "google", subject: "110169484474386276334" };
   * console.assert(!(await anon.admin.convertWithIdentity(record.id, identity)).record.anonymous);
   * ```
   */
  convertWithIdentity<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
    identity: IdentityInput,
    options?: ConvertOptions<InputOf<C, N>>,
  ): Promise<AuthData<FieldsOf<C, N>>>;

  /**
   * What `anon.link` does, without a token.
   *
   * @throws {AnonError} as `anon.link`, and `not_found`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const record = await anon.register({ email: "ada@example.com", password: "correct horse battery" });
   * await anon.admin.link(record.id, { provider: "github", subject: "583231" });
   * console.assert((await anon.signInWithIdentity({ provider: "github", subject: "583231" }))?.record.id === record.id);
   * ```
   */
  link<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
    identity: IdentityInput,
  ): Promise<AnonRecord<FieldsOf<C, N>>>;

  /**
   * What `anon.unlink` does, without a token: every session ends.
   *
   * @throws {AnonError} as `anon.unlink`, and `not_found`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const record = await anon.register({ email: "ada@example.com", password: "correct horse battery" });
   * const github = { provider: "github", subject: "583231" };
   * await anon.admin.link(record.id, github);
   * console.assert(await anon.admin.unlink(record.id, github));
   * ```
   */
  unlink<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
    identity: Pick<IdentityInput, "provider" | "subject">,
  ): Promise<boolean>;

  /**
   * The living sessions of an account, the oldest first; none of them is `current`.
   *
   * @throws {AnonError} `not_found`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously();
   * console.assert((await anon.admin.listSessions(record.id)).length === 1);
   * ```
   */
  listSessions<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<SessionInfo[]>;

  /**
   * Ends one session of an account. Returns whether it was there.
   *
   * @throws {AnonError} `not_found`, `refused`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously();
   * const [session] = await anon.admin.listSessions(record.id);
   * console.assert(await anon.admin.endSession(record.id, session?.id ?? ""));
   * console.assert((await anon.authenticate(token)) === null);
   * ```
   */
  endSession<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>, session: string): Promise<boolean>;

  /**
   * All that is stored of an account, ready for `JSON.stringify`; no hash is in it.
   *
   * @throws {AnonError} `not_found`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously({ data: { cart: ["tea"] } });
   * console.assert((await anon.admin.exportAccount(record.id)).record.cart);
   * ```
   */
  exportAccount<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
  ): Promise<AccountExport<FieldsOf<C, N>>>;

  /**
   * Keeps an account from being deleted, by its owner and by `gc` too, until it is released.
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
   * await anon.admin.hold(record.id, { reason: "case 17" });
   * console.assert((await anon.admin.inspect(record.id))?.hold?.reason === "case 17");
   * await anon.admin.release(record.id);
   * console.assert(await anon.admin.delete(record.id));
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
   * await anon.admin.hold(record.id);
   * await anon.admin.release(record.id);
   * console.assert((await anon.admin.inspect(record.id))?.hold === null);
   * ```
   */
  release<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<AnonRecord<FieldsOf<C, N>>>;

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
   * await anon.admin.gc({ olderThan: "10d" });
   * console.assert((await anon.authenticate(token)) === null);
   * await anon.admin.restore(record.id);
   * console.assert((await anon.authenticate(token))?.record.id === record.id);
   * ```
   */
  restore<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<AnonRecord<FieldsOf<C, N>>>;

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
   * const status = await anon.admin.inspect(record.id);
   * console.assert(status?.sessions === 1 && status.hold === null && status.quarantine === null);
   * ```
   */
  inspect<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
  ): Promise<AccountStatus<FieldsOf<C, N>> | null>;

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
   * const report = await anon.admin.gc({ dryRun: true });
   * console.assert(report.deleted === 0 && !report.remaining);
   * console.assert((await anon.admin.gc({ olderThan: "90d" })).deleted === 0);
   * ```
   */
  gc(options?: GcOptions<NameOf<C>>): Promise<GcReport>;

  /**
   * Runs `gc` in this process, the first time after a random part of `every` and then `every` time after the end of a run.
   * Of one `createAnon` only one run goes on at a time; other processes, `anon gc` from cron and calls of `gc` do no harm.
   * A run that fails is reported to `onError` with `hook: "scheduleGc"`, and the schedule goes on. The timer does not keep a
   * process alive.
   *
   * @returns a function that stops the schedule. A run under way ends after its batch; the promise resolves when it has
   * ended, and never rejects. Call it before `dispose`, and do not await it in a hook or callback of that run.
   * @throws {AnonError} at once, of `every` and of what `gc` would refuse: `invalid_duration`, `invalid_options`,
   * `unknown_collection`, `invalid_collection`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({
   *   storage: memory(),
   *   secret: "a secret of at least 32 characters!",
   *   onError: ({ hook, error }) => console.error(`${hook} failed`, error),
   * });
   * const stop = anon.admin.scheduleGc({ every: "1h", olderThan: "30d" });
   * // when the server shuts down
   * await stop();
   * await anon.dispose();
   * ```
   */
  scheduleGc(options: ScheduleGcOptions<NameOf<C>>): () => Promise<void>;

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
   * const { accounts, queue, damaged, complete } = await anon.admin.doctor();
   * console.assert(complete && accounts.anonymous === 1 && queue?.missing === 0 && damaged.count === 0);
   * ```
   */
  doctor(options?: DoctorOptions<NameOf<C>>): Promise<DoctorReport>;
}
