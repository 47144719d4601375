/** For commands that work through a whole storage: they report what they did even if the storage fails midway. */
import type { Context } from "./command.ts";
import { describe } from "./errors.ts";
import { type Place, sayPlace } from "./place.ts";
import { line, table } from "./print.ts";

/** What to do about an interrupted copy. */
export const CONTINUES = "Interrupted: the same command continues, what is there already is only compared";

/** What the check at the end of a copy found. */
export const NOT_KEPT =
  "The target is not as it was written: something else changes it, or it does not keep what it acknowledges";

/** How a report is shown. */
interface Shown<Report> {
  toTable: (report: Report) => object;
  toProgress: (sofar: Report) => string;
  /** Stdout has results, so the report is a notice on stderr. */
  aside?: boolean;
}

/**
 * Prints the report that `work` returns. If `work` fails after a call of `onProgress`, prints the report of the last call,
 * with the error in it; `outcome` is then 1.
 *
 * @throws what `work` throws before it has a report; without `--json`, and with `aside`, also after printing one
 */
export async function reported<Report extends object>(
  context: Context,
  place: Place,
  { toTable, toProgress, aside = false }: Shown<Report>,
  work: (onProgress: (sofar: Report) => void) => Promise<Report>,
): Promise<{ report: Report; outcome: 1 | undefined }> {
  const { out, hidden, json, messages, io } = context;
  // on a terminal the line of the progress would be among the results
  const hasProgress = !(aside && io.stdout.isTTY);
  let last: Report | undefined;
  let failure: { error: unknown } | undefined;
  try {
    last = await work((sofar) => {
      last = sofar;
      if (hasProgress) messages.progress(toProgress(sofar));
    });
  } catch (error) {
    if (last === undefined) throw error;
    failure = { error };
  } finally {
    await messages.endProgress();
  }
  const report = last as Report;
  const { code, message } = failure ? describe(failure.error, hidden) : {};
  const document = { ...place, ...report, ...(failure ? { error: { code, message } } : {}) };
  if (!aside) await out.result(document, () => table(toTable(report)));
  await out.flush();
  if (aside) await messages.info(line(toTable(report)));
  await sayPlace(messages, place);
  if (failure && (aside || !json)) throw failure.error;
  return { report, outcome: failure ? 1 : undefined };
}
