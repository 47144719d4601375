/** `anon gc --every`: runs of gc, one after another, until a signal ends them. */
import { rename, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { GcOptions, GcReport, ScheduledGcRun } from "../../sdk/contract/retention.ts";
import { parseDuration } from "../../sdk/settings/duration.ts";
import type { Duration } from "../../sdk/types.ts";
import type { Context } from "./command.ts";
import { describe, printable, UsageError } from "./errors.ts";
import { addRun, newTotals, serveMetrics } from "./gc-metrics.ts";
import { escapedJson } from "./output.ts";
import { type Place, placeText } from "./place.ts";

export interface GcServiceOptions extends Pick<GcOptions, "olderThan" | "collection" | "limit" | "batch"> {
  every: Duration;
  /** Ends the service after the batch under way. */
  signal: AbortSignal;
  /** `--health-file` */
  healthFile: string | undefined;
  /** `--metrics-port` */
  metricsPort: number | undefined;
  /** Called with the report of each run, of a failed one too. */
  onReport: (report: GcReport) => Promise<void>;
}

/**
 * Resolves when `signal` is aborted and the run under way has ended. Failed runs are printed, and do not end the service.
 *
 * @throws {AnonError} what `scheduleGc` throws
 * @throws {UsageError} if the health file or the port cannot be used
 */
export async function serveGc(context: Context, anon: Anon, place: Place, options: GcServiceOptions): Promise<void> {
  const { every, signal, healthFile: path, metricsPort: port, onReport, ...run } = options;
  const { io, messages } = context;
  const healthFile = path === undefined ? undefined : resolve(io.cwd, path);
  if (healthFile !== undefined) await checkFolder(healthFile);
  const totals = newTotals();
  const closeMetrics = port === undefined ? undefined : await serveMetrics(totals, port, parseDuration(every));
  // the timer of the schedule does not keep the process alive
  const alive = setInterval(() => undefined, 2 ** 30);
  let stop: (() => Promise<void>) | undefined;
  try {
    await new Promise<void>((done, fail) => {
      const onRun = async (ended: ScheduledGcRun) => {
        addRun(totals, ended);
        const document = documentOf(context, place, ended);
        try {
          await print(context, ended, document);
          if (ended.report) await onReport(ended.report);
          // a run that was interrupted has not done all
          if (healthFile !== undefined && !document.error && !signal.aborted) {
            await writeHealth(context, healthFile, document);
          }
        } catch (error) {
          // stdout is what failed: the reader is gone, or the disk is full
          fail(error);
        }
      };
      stop = anon.admin.scheduleGc({ ...run, every, signal, immediately: true, onRun });
      if (signal.aborted) done();
      signal.addEventListener("abort", () => done());
      void messages.info(`Runs gc every ${every} on ${placeText(place)}, until SIGTERM or Ctrl-C`);
    });
  } finally {
    await stop?.();
    clearInterval(alive);
    closeMetrics?.();
  }
}

/** A run as `--json` prints it, and as it is in the health file. */
interface RunDocument extends Place, Partial<GcReport> {
  began: string;
  durationMs: number;
  error?: { code: string; message: string };
}

function documentOf({ hidden }: Context, place: Place, run: ScheduledGcRun): RunDocument {
  const { began, durationMs, report } = run;
  const document: RunDocument = { began, ...place, ...report, durationMs };
  if (!("error" in run)) return document;
  const { code, message } = describe(run.error, hidden);
  return { ...document, error: { code, message } };
}

async function print(context: Context, { report }: ScheduledGcRun, document: RunDocument): Promise<void> {
  const { out, messages, json } = context;
  const { began, error } = document;
  if (json) await out.json(document);
  else if (report) await out.line(lineOf(document, report));
  await out.flush();
  if (error && !json) await messages.error(`${began}  ${error.message} [${error.code}]: the next run tries again`);
}

function lineOf({ began, durationMs, error }: RunDocument, report: GcReport): string {
  const { deleted, quarantined, warned, failed, remaining } = report;
  const reasons = Object.entries(report.kept).filter(([, count]) => count > 0);
  const kept = reasons.reduce((sum, [, count]) => sum + count, 0);
  const why = reasons.map(([reason, count]) => `${count} ${reason}`).join(", ");
  return [
    `${began}  ${deleted} deleted`,
    ...(quarantined > 0 ? [`${quarantined} quarantined`] : []),
    ...(warned > 0 ? [`${warned} warned`] : []),
    why ? `${kept} kept (${why})` : "0 kept",
    ...(failed > 0 ? [`${failed} failed`] : []),
    // a run that failed does not know
    ...(remaining && !error ? ["more due"] : []),
    `${durationMs} ms`,
  ].join(", ");
}

async function checkFolder(file: string): Promise<void> {
  const folder = dirname(file);
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory()) return;
  throw new UsageError(`Cannot write ${printable(file)} (--health-file): ${printable(folder)} is no directory`);
}

/** Replaces the file in one step. */
async function writeHealth({ messages }: Context, file: string, document: object): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${escapedJson(document)}\n`);
    await rename(temporary, file);
  } catch (error) {
    // the run itself succeeded, and a probe sees the age of the file
    await messages.error(`Cannot write ${printable(file)}: ${printable((error as Error).message)}`);
  }
}
