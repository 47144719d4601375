/** Works on many accounts in one process, and reports what became of them. */
import type { Anon } from "../../sdk/contract/anon.ts";
import type { AccountRef } from "../../sdk/contract/records.ts";
import type { Context, Outcome } from "./command.ts";
import { concurrently } from "./concurrently.ts";
import type { Opened } from "./connect.ts";
import { describe, isAnonError, UsageError } from "./errors.ts";
import { notFound } from "./find.ts";
import { looksEmpty, partOf, sayEmpty } from "./place.ts";
import { prefixed, withoutZeros } from "./print.ts";
import { reported } from "./reported.ts";
import { accountsOf, type Selected, type Selection } from "./selection.ts";

// enough to keep a storage across a network busy
const AT_A_TIME = 64;

/** The result of a command for many accounts. */
export interface BulkReport {
  /** Accounts for which the command did what it does. */
  done: number;
  /** There is no such account, or it no longer matches the filter. */
  absent: number;
  /** Accounts that the SDK refused to change, by the code of the error. */
  refused: Record<string, number>;
  /** Accounts for which a hook or the storage failed. */
  failed: number;
  /** Lines of stdin that name no account. */
  invalid: number;
  /** Whether the command worked on all accounts. */
  complete: boolean;
  dryRun: boolean;
}

/** What a command does with each account. */
export interface Bulk {
  selection: Selection;
  collection: string | undefined;
  /** What was done with an account, for the report: `deleted`. */
  verb: string;
  /** The notice if no account matches the filter. */
  none?: string;
  dryRun?: boolean;
  /** @returns `false` if there is no such account */
  action: (anon: Anon, ref: AccountRef) => Promise<unknown>;
  /** Prints what `action` returned. Stdout then has these results, so what could not be done is said on stderr. */
  show?: (result: unknown) => Promise<void>;
}

/** Codes of refusals that depend on what is stored. */
const REFUSALS: ReadonlySet<string> = new Set(["account_held", "refused", "conflict"]);

/** Calls the action for each account, some at a time. An interrupt ends it when the calls under way have ended. */
export async function inBulk(context: Context, { anon, place }: Opened, bulk: Bulk): Promise<Outcome> {
  const { selection, collection, verb, none, dryRun = false, show } = bulk;
  const aside = show !== undefined;
  const signal = context.io.interruptible();
  const isFilter = selection.is === "filter";
  const part = isFilter || collection !== undefined ? partOf(place, collection ?? "users") : place;
  const report: BulkReport = { done: 0, absent: 0, refused: {}, failed: 0, invalid: 0, complete: false, dryRun };
  const toTable = ({ done, refused, complete, ...rest }: BulkReport) => ({
    [verb]: done,
    ...withoutZeros({ ...rest, ...prefixed("refused ", refused) }),
    ...(complete ? {} : { complete }),
  });
  const toProgress = () => `${examined(report)} examined, ${report.done} ${verb}`;

  const { outcome } = await reported(context, part, { toTable, toProgress, aside }, async (onProgress) => {
    const failure = new AbortController();
    const stop = AbortSignal.any([signal, failure.signal]);
    await concurrently(accountsOf(selection, anon, collection, context, stop), AT_A_TIME, async (selected) => {
      try {
        const error = await attempt(anon, bulk, selected, report);
        onProgress(report);
        if (error !== null) await sayFailure(context, selected, error, aside);
      } catch (error) {
        // the writer of stdin may never write the next line
        failure.abort();
        throw error;
      }
    });
    return Object.assign(report, { complete: !signal.aborted });
  });
  if (signal.aborted) return 130;
  if (isFilter && outcome === undefined && examined(report) === 0) {
    if (await looksEmpty(anon, place, collection ?? "users")) {
      await sayEmpty(context.messages, place, collection ?? "users");
    }
    if (none !== undefined) await context.messages.info(none);
  }
  const { failed, invalid } = report;
  // what a filter matches may be on hold, or deleted meanwhile; ids say that just these accounts are meant
  const unmet = isFilter ? 0 : report.absent + refusedOf(report);
  return outcome ?? (failed + invalid + unmet > 0 ? 1 : undefined);
}

/**
 * Counts what becomes of one account. Returns the error to show, or `null`.
 *
 * @throws what ends the command: an outage of the storage, the refusal of `--collection`, and what `show` throws, because
 * what cannot be printed for one account cannot be for the others
 */
async function attempt(anon: Anon, bulk: Bulk, selected: Selected, report: BulkReport): Promise<unknown> {
  if (!("ref" in selected)) {
    report.invalid++;
    return new UsageError(`Cannot use this line: ${selected.fault}`);
  }
  const { ref } = selected;
  let result: unknown;
  try {
    result = await bulk.action(anon, ref);
    if (result === false) notFound(ref.id, ref.collection);
  } catch (error) {
    const code = isAnonError(error) ? error.code : null;
    if (code === "storage_unavailable") throw error;
    if ((code === "unknown_collection" || code === "invalid_collection") && bulk.collection !== undefined) throw error;
    if (code === "not_found") report.absent++;
    else if (code !== null && REFUSALS.has(code)) report.refused[code] = (report.refused[code] ?? 0) + 1;
    else report.failed++;
    // deleted since it was listed
    return code === "not_found" && bulk.selection.is === "filter" ? null : error;
  }
  await bulk.show?.(result);
  report.done++;
  return null;
}

async function sayFailure(
  { out, messages, json, hidden }: Context,
  selected: Selected,
  error: unknown,
  aside: boolean,
): Promise<void> {
  const { code, message } = describe(error, hidden);
  if (json && !aside) {
    const subject = "ref" in selected ? selected.ref : { line: selected.line };
    return out.json({ ...subject, error: { code, message } });
  }
  await messages.endProgress();
  await messages.error(`${"ref" in selected ? selected.ref.id : `line ${selected.line}`}: ${message} [${code}]`);
}

function refusedOf({ refused }: BulkReport): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}

function examined(report: BulkReport): number {
  return report.done + report.absent + refusedOf(report) + report.failed + report.invalid;
}
