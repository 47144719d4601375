import type { IdentityInput } from "../identities.ts";
import type { ExportOptions, ImportedAccount, ImportOptions, ImportResult } from "../import.ts";
import type { Collections, DefaultName, InputOf, NamedFieldsOf, NameOf } from "../options.ts";
import type {
  AccountExport,
  AccountFilter,
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
import type { Stats, StatsOptions } from "../stats.ts";

/**
 * Calls for the application itself, without a proof of an account's owner. An account is named by its id in `users`, or
 * by `{ collection, id }`. Never pass an id that a visitor sent without checking that the account is theirs.
 */
export interface AnonAdmin<C extends Collections = Collections> {
  /**
   * Creates a guest without a session. The password is returned this once; only its hash is stored.
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
  }): Promise<CreatedUser<NamedFieldsOf<C, N>>>;

  /**
   * The record of an account; `null` when there is none.
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
  get<N extends NameOf<C> = DefaultName<C>>(
    ref: string | AccountRef<N>,
  ): Promise<AnonRecord<NamedFieldsOf<C, N>> | null>;

  /**
   * The record of the account that has an email, whatever its case and Unicode normalisation; `null` when there is
   * none.
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
  ): Promise<AnonRecord<NamedFieldsOf<C, N>> | null>;

  /**
   * The record of the account that has a username, whatever its case; `null` when there is none. A guest's is `anon_<id>`.
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record } = await anon.signInAnonymously();
   * console.assert((await anon.admin.findByUsername(`anon_${record.id}`))?.id === record.id);
   * ```
   */
  findByUsername<N extends NameOf<C> = DefaultName<C>>(
    username: string,
    options?: { collection?: N },
  ): Promise<AnonRecord<NamedFieldsOf<C, N>> | null>;

  /**
   * The records of a collection, in no particular order and in bounded memory.
   *
   * @throws {AnonError} `storage_corrupt` after the last record that can be read; `invalid_options`, `invalid_duration`
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
  list<N extends NameOf<C> = DefaultName<C>>(options?: ListOptions<N>): AsyncIterable<AnonRecord<NamedFieldsOf<C, N>>>;

  /**
   * What `anon.update` does, without a token.
   *
   * @throws {AnonError} as `anon.update`, and `not_found`
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
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

  /**
   * Deletes a guest or a registered account with its sessions; its email is free again. Returns whether there was one.
   * With `onlyAnonymous` an account that is registered, or becomes so in the meantime, is not deleted: `false`. With
   * `filter` the same holds for an account that does not match, or no longer.
   *
   * @throws {AnonError} `account_held`, `refused`, `conflict`; `invalid_options` for an unknown option or condition, `invalid_duration` for
   * that of a `filter`
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
    options?: { onlyAnonymous?: boolean; filter?: AccountFilter },
  ): Promise<boolean>;

  /**
   * What `anon.convert` does, without a token.
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
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;

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
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;

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
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

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
   * What `anon.listSessions` does, without a token: no session is `current`.
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
   * What `anon.endSession` does, without a token.
   *
   * @throws {AnonError} as `anon.endSession`, and `not_found`
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
   * What `anon.exportAccount` does, without a token.
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
  ): Promise<AccountExport<NamedFieldsOf<C, N>>>;

  /**
   * Stores an account of another system under its own id, with its password hash: its owner signs in as before. Safe beside
   * servers and other imports, and to repeat: an account with the id is never changed, and `differs` if it is another one.
   * No hook runs, and `maxAnonymous` is not checked.
   *
   * @throws {AnonError} `invalid_id`, `invalid_email`, `reserved_email`, `email_taken`, `invalid_username`,
   * `reserved_username`, `username_taken`, `invalid_identity`, `identity_taken`, `unsupported_hash`, `invalid_data`,
   * `reserved_field`, `record_too_large`, `conflict`; then nothing was stored
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const account = { id: "Xb7-Q_2", email: "ada@example.com", verified: true, created: "2021-03-04T05:06:07Z" };
   * console.assert((await anon.admin.importAccount(account)).outcome === "created");
   * console.assert((await anon.admin.importAccount(account)).outcome === "present");
   * console.assert((await anon.admin.findByEmail("ada@example.com"))?.id === "Xb7-Q_2");
   * ```
   */
  importAccount<N extends NameOf<C> = DefaultName<C>>(
    account: ImportedAccount<N, InputOf<C, N>>,
    options?: ImportOptions,
  ): Promise<ImportResult<NamedFieldsOf<C, N>>>;

  /**
   * All accounts of a collection in use, as `importAccount` accepts them, in no particular order and in bounded memory. Sessions,
   * holds and accounts in quarantine are not in it.
   *
   * @throws {AnonError} `storage_corrupt` after the last account that can be read
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const secret = "a secret of at least 32 characters!";
   * const [from, to] = [createAnon({ storage: memory(), secret }), createAnon({ storage: memory(), secret })];
   * await from.register({ email: "ada@example.com", password: "correct horse battery" });
   * for await (const account of from.admin.exportAccounts({ withHashes: true })) await to.admin.importAccount(account);
   * console.assert((await to.signInWithPassword("ada@example.com", "correct horse battery")).token);
   * ```
   */
  exportAccounts<N extends NameOf<C> = DefaultName<C>>(
    options?: ExportOptions<N>,
  ): AsyncIterable<ImportedAccount<N, NamedFieldsOf<C, N>>>;

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
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

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
  release<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

  /**
   * Restores an account from quarantine, with its sessions; it counts as active now.
   *
   * @throws {AnonError} `not_found` if there never was one, or it was deleted; `conflict`
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
  restore<N extends NameOf<C> = DefaultName<C>>(ref: string | AccountRef<N>): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

  /**
   * An account with its state, in quarantine too; `null` when there is none.
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
  ): Promise<AccountStatus<NamedFieldsOf<C, N>> | null>;

  /**
   * Collects the anonymous accounts that were inactive for `olderThan`, the longest inactive first, in bounded memory,
   * beside any number of servers and other runs. An account counts as active for `activityResolution` after its last
   * written activity. With a `quarantine` collected accounts can be restored for that time.
   *
   * @throws {AnonError} `invalid_duration`, `invalid_options`; `storage_unavailable`, which undoes nothing
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
   * Runs `gc` in this process: first after a random part of `every`, or with `immediately` at once, then `every` after
   * the beginning of the previous run, or up to a tenth earlier. The runs of one `createAnon` do not overlap; runs of
   * other processes, `anon gc` from cron and calls of `gc` may. `onRun` is called after each run. A failed run also goes
   * to `onError` with `hook: "scheduleGc"`, and the schedule continues. The timer does not keep a process alive.
   *
   * @returns a function that stops the schedule. A current run ends after its batch; then the promise resolves, and it
   * never rejects. Call it before `dispose`, and do not await it in a hook or callback of that run.
   * @throws {AnonError} at once: `invalid_duration`, `invalid_options`
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
   * Examines all accounts of a collection: finishes what processes that died left undone, repairs the due queue, and
   * reports which values cannot be read. Safe beside servers and `gc`. It reads everything, so use it when something
   * went wrong.
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

  /**
   * How many accounts there are, by collection. Without `exact` it reads only the due queue, which has the guests: its cost
   * follows their number, and what the queue does not know is `null`. With `exact` it reads every account. Both work in pages,
   * in bounded memory, and change nothing.
   *
   * @throws {AnonError} `invalid_options`, `invalid_duration`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!", retention: "30d" });
   * await anon.signInAnonymously();
   * const { users } = (await anon.admin.stats()).collections;
   * console.assert(users?.queue.accounts === 1 && users.queue.due?.now === 0 && users.accounts === null);
   * const exact = (await anon.admin.stats({ exact: true })).collections;
   * console.assert(exact.users?.accounts?.anonymous === 1 && exact.users.sessions === 1);
   * ```
   */
  stats(options?: StatsOptions<NameOf<C>>): Promise<Stats>;
}
