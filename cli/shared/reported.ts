/** For commands that work through a whole storage: they report what they did even if the storage fails midway. */
import type { Context } from "./command.ts";
import { describe } from "./errors.ts";
import { type Place, sayPlace } from "./place.ts";
import { table } from "./print.ts";

/** The report that was printed; `outcome` is 1 when the storage cut it short. */
export interface Reported<Report> {
  report: Report;
  outcome: 1 | undefined;
}

/** How a report is shown: at the end, and in one line while the work goes on. */
interface Shown<Report> {
  toTable: (report: Report) => object;
  toProgress: (sofar: Report) => string;
}

/**
 * Prints the report that `work` returns. If `work` fails after a call of `onProgress`, prints the report of the last call,
 * with the error in it.
 *
 * @throws what `work` throws before it has a report; without `--json` also after printing one
 */
export async function reported<Report extends object>(
  context: Context,
  place: Place,
  { toTable, toProgress }: Shown<Report>,
  work: (onProgress: (sofar: Report) => void) => Promise<Report>,
): Promise<Reported<Report>> {
  let last: Report | undefined;
  let failure: { error: unknown } | undefined;
  try {
    last = await work((sofar) => {
      last = sofar;
      context.messages.progress(toProgress(sofar));
    });
  } catch (error) {
    if (last === undefined) throw error;
    failure = { error };
  } finally {
    await context.messages.endProgress();
  }
  const report = last as Report;
  const { storage, collections } = place;
  const say = async () => {
    await context.out.flush();
    await sayPlace(context.messages, place);
  };
  if (context.json) {
    const { code, message } = failure ? describe(failure.error, context.hidden) : {};
    await context.out.json({ storage, collections, ...report, ...(failure ? { error: { code, message } } : {}) });
    await say();
    return { report, outcome: failure ? 1 : undefined };
  }
  await context.out.line(table({ ...toTable(report) }));
  await say();
  if (failure) throw failure.error;
  return { report, outcome: undefined };
}
