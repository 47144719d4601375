/** Commands that work through a storage, and report what they did also when it fails in the middle. */
import type { Context } from "./command.ts";
import { describe } from "./errors.ts";
import { type Place, sayPlace } from "./place.ts";
import { table } from "./print.ts";

/** The report that was printed; `outcome` is 1 when the storage cut it short. */
export interface Reported<Report> {
  report: Report;
  outcome: 1 | undefined;
}

/**
 * Prints the report that `work` returns. When `work` fails after a call of `keep`, the report it gave last is printed with
 * the error in it.
 *
 * @throws what `work` throws before it has a report; without `--json` also after printing one
 */
export async function reported<Report extends object>(
  context: Context,
  place: Place,
  toTable: (report: Report) => object,
  work: (keep: (sofar: Report) => void) => Promise<Report>,
): Promise<Reported<Report>> {
  let last: Report | undefined;
  let failure: { error: unknown } | undefined;
  try {
    last = await work((sofar) => {
      last = sofar;
    });
  } catch (error) {
    if (last === undefined) throw error;
    failure = { error };
  }
  const report = last as Report;
  const { storage, collections } = place;
  const say = async () => {
    await context.out.flush();
    await sayPlace(context.io, place);
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
