/** An import from its beginning to its report. */
import { createHash } from "node:crypto";
import type { ImportedAccount, ImportOptions, ImportResult } from "../../sdk/contract/import.ts";
import { AnonError } from "../../sdk/errors.ts";
import { untilAborted } from "../../sdk/transfer/until-aborted.ts";
import { type Entry, type Found, isRejected, type Rejected } from "./entry.ts";
import { createInOrder } from "./in-order.ts";

/** What an import did, or with `dryRun` what it would do. */
export interface ImportReport {
  /** Records of the source that were read. */
  read: number;
  /** Accounts that are stored now, guests among them. */
  created: number;
  /** Guests among the created ones. */
  guests: number;
  /** Accounts that were stored before, and have all that was to be imported. */
  present: number;
  /** Accounts whose id is stored with something else. They stay as they are. */
  differs: number;
  /** Records that are not imported; `conflicts` and `unsupportedHashes` are parts of them. */
  rejected: number;
  /** Emails, usernames and identities that another account has. */
  conflicts: { email: number; username: number; identity: number };
  /** Password hashes that cannot be kept. */
  unsupportedHashes: number;
  /** Registered accounts without any way to sign in, which may have been guests; `--guests provider-less` makes them guests. */
  suspectedGuests: number;
  /** Accounts that have a second factor at the source. Here they are signed in without it. */
  secondFactors: number;
  /** Accounts whose id could not be kept, and got another one. */
  mapped: number;
  /** Whether the source was read to its end. */
  complete: boolean;
  /** That of the options. */
  dryRun: boolean;
  /** How long it took, in milliseconds. */
  durationMs: number;
}

export interface ImportRunOptions {
  /** `anon.admin.importAccount`. */
  importAccount: (account: ImportedAccount, options: ImportOptions) => Promise<ImportResult>;
  /** The system's name, which becomes the provider of ids that cannot be kept. */
  system: string;
  /** For all accounts. Default: that of each account. */
  collection?: string;
  dryRun?: boolean;
  /** Whether accounts without any way to sign in are guests. */
  providerLessAreGuests?: boolean;
  /** Imports no password hash: owners reset their passwords. */
  withoutHashes?: boolean;
  /** How many accounts are imported at the same time. Default 256. */
  concurrency?: number;
  /** Stops the import after the accounts under way. */
  signal?: AbortSignal;
  onProgress?: (report: ImportReport) => void;
  /** Called for each record that is rejected or differs. */
  onReject?: (rejected: Rejected) => Promise<void>;
  /** Called for each account whose id could not be kept. Without it such accounts are rejected. */
  onMapped?: (mapped: { from: string; id: string }) => Promise<void>;
}

const CONCURRENCY = 256;

/** These say that nothing more can be imported; all other refusals are those of one account. */
const FATAL: ReadonlySet<string> = new Set([
  "storage_unavailable",
  "unknown_collection",
  "invalid_collection",
  "invalid_options",
]);

const CONFLICTS: Readonly<Record<string, keyof ImportReport["conflicts"]>> = {
  email_taken: "email",
  username_taken: "username",
  identity_taken: "identity",
};

/**
 * Imports all accounts that a reader finds. To import the same source again changes nothing, so an import that was interrupted
 * is continued by starting it again.
 *
 * @throws what the reader throws, and of the accounts what stops all of them, after `onProgress` was called
 */
export async function runImport(entries: AsyncIterable<Entry>, options: ImportRunOptions): Promise<ImportReport> {
  const { dryRun = false, concurrency = CONCURRENCY, signal, onProgress } = options;
  const started = performance.now();
  const report: ImportReport = {
    read: 0,
    created: 0,
    guests: 0,
    present: 0,
    differs: 0,
    rejected: 0,
    conflicts: { email: 0, username: 0, identity: 0 },
    unsupportedHashes: 0,
    suspectedGuests: 0,
    secondFactors: 0,
    mapped: 0,
    complete: false,
    dryRun,
    durationMs: 0,
  };
  const progress = (): void => {
    report.durationMs = Math.round(performance.now() - started);
    onProgress?.(structuredClone(report));
  };
  const inOrder = createInOrder();
  const iterator = untilAborted(entries, signal);
  let failed = false;
  const worker = async (): Promise<void> => {
    try {
      while (!failed && !signal?.aborted) {
        const next = await iterator.next();
        if (next.done) {
          // an abort may have ended the source
          report.complete = !signal?.aborted;
          return;
        }
        report.read++;
        const entry = next.value;
        if (isRejected(entry)) await reject(entry, report, options);
        else await inOrder.run(entry.account, () => importEntry(entry, report, options));
        if (report.read % concurrency === 0) progress();
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  await iterator.return();
  const failure = ends.find((end) => end.status === "rejected");
  if (failure) report.complete = false;
  // a failure of the source before its first record is no report
  if (!failure || report.read > 0) progress();
  if (failure) throw failure.reason;
  return report;
}

async function importEntry(entry: Found, report: ImportReport, options: ImportRunOptions): Promise<void> {
  const account = prepared(entry, options);
  try {
    await store(account, entry, report, options);
  } catch (error) {
    if (!(error instanceof AnonError) || FATAL.has(error.code)) throw error;
    const { code, message } = error;
    if (code === "invalid_id" && options.onMapped && typeof account.id === "string") {
      await storeMapped(account, entry, report, options);
    } else {
      await reject({ at: entry.at, id: account.id, code, message }, report, options);
    }
  }
}

function prepared({ account, isReachable }: Found, options: ImportRunOptions): ImportedAccount {
  const made = { ...account, collection: options.collection ?? account.collection };
  if (!isReachable && options.providerLessAreGuests) made.anonymous = true;
  if (options.withoutHashes) delete made.passwordHash;
  return made;
}

async function store(
  account: ImportedAccount,
  { at, isReachable, hasSecondFactor }: Found,
  report: ImportReport,
  { importAccount, dryRun, onReject }: ImportRunOptions,
): Promise<void> {
  const { outcome, differences } = await importAccount(account, { dryRun });
  report[outcome]++;
  if (outcome === "created" && account.anonymous) report.guests++;
  if (!account.anonymous && !isReachable) report.suspectedGuests++;
  if (hasSecondFactor) report.secondFactors++;
  if (outcome === "differs") {
    const message = `Cannot change the account that has this id: it has another ${differences.join(", ")}`;
    await onReject?.({ at, id: account.id, code: "differs", message });
  }
}

/** Under an id that follows from the foreign one, so that a second import finds it again. */
async function storeMapped(
  account: ImportedAccount,
  entry: Found,
  report: ImportReport,
  options: ImportRunOptions,
): Promise<void> {
  const from = account.id;
  const id = mappedId(options.system, from);
  const identities = account.anonymous
    ? account.identities
    : [...(account.identities ?? []), { provider: options.system, subject: from }];
  try {
    await store({ ...account, id, identities }, entry, report, options);
  } catch (error) {
    if (!(error instanceof AnonError) || FATAL.has(error.code)) throw error;
    await reject({ at: entry.at, id: from, code: error.code, message: error.message }, report, options);
    return;
  }
  report.mapped++;
  await options.onMapped?.({ from, id });
}

/** 15 of `a-z` and `0-9`, as other ids. */
function mappedId(system: string, from: string): string {
  const hash = createHash("sha256").update(`${system}:${from}`).digest("hex");
  return BigInt(`0x${hash}`).toString(36).padStart(15, "0").slice(0, 15);
}

async function reject(rejected: Rejected, report: ImportReport, { onReject }: ImportRunOptions): Promise<void> {
  report.rejected++;
  const conflict = CONFLICTS[rejected.code];
  if (conflict) report.conflicts[conflict]++;
  if (rejected.code === "unsupported_hash") report.unsupportedHashes++;
  await onReject?.(rejected);
}
