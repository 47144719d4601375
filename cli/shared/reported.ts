/** For commands that work through a whole storage: they report what they did even if the storage fails midway. */
import type { Context } from "./command.ts";
import { describe } from "./errors.ts";
import { type Place, sayPlace } from "./place.ts";
import { table } from "./print.ts";

/**
 * Prints the report that `work` returns. If `work` fails after a call of `onProgress`, prints the report of the last call,
 * with the error in it; `outcome` is then 1.
 *
 * @throws what `work` throws before it has a report; without `--json` also after printing one
 */
export async function reported<Report extends object>(
  context: Context,
  place: Place,
  shown: { toTable: (report: Report) => object; toProgress: (sofar: Report) => string },
  work: (onProgress: (sofar: Report) => void) => Promise<Report>,
): Promise<{ report: Report; outcome: 1 | undefined }> {
  let last: Report | undefined;
  let failure: { error: unknown } | undefined;
  try {
    last = await work((sofar) => {
      last = sofar;
      context.messages.progress(shown.toProgress(sofar));
    });
  } catch (error) {
    if (last === undefined) throw error;
    failure = { error };
  } finally {
    await context.messages.endProgress();
  }
  const report = last as Report;
  const { out, hidden, json, messages } = context;
  const { code, message } = failure ? describe(failure.error, hidden) : {};
  const document = { ...place, ...report, ...(failure ? { error: { code, message } } : {}) };
  await out.result(document, () => table(shown.toTable(report)));
  await out.flush();
  await sayPlace(messages, place);
  if (failure && !json) throw failure.error;
  return { report, outcome: failure ? 1 : undefined };
}
