import { resolve } from "node:path";
import type { LoadReport } from "../../sdk/transfer/index.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { optionsAsUsage, quote } from "../shared/errors.ts";
import { failedEntries } from "../shared/failed-entries.ts";
import { checkCollection, checkLasting, storedPartOf } from "../shared/place.ts";
import { withoutZeros } from "../shared/print.ts";
import { CONTINUES, NOT_KEPT, reported } from "../shared/reported.ts";

const load: Command = command({
  description: "Store the accounts of a dump",
  args: {
    file: { type: "positional", valueHint: "file | -", description: "What anon dump wrote; - for stdin" },
    collection: collectionFlag("Only this collection (default all of the dump)"),
    "dry-run": { type: "boolean", description: "Write nothing, and report what a run would write" },
    overwrite: { type: "boolean", description: "Replace what differs in the storage" },
  },
  examples: ["anon load accounts.jsonl.gz", "anon load accounts.jsonl.gz --storage sqlite:./accounts.db --dry-run"],
  run: ({ file, collection, "dry-run": dryRun, overwrite }, context) => {
    const signal = context.io.interruptible();
    const { messages } = context;
    return withAnon(context, "fill", async ({ anon, storage, place }) => {
      await checkCollection(anon, collection);
      checkLasting("load into", storage, { dryRun });
      const { load } = await import("../../sdk/transfer/index.ts");
      const { adapt } = await import("../../storage-drivers/open.ts");
      const { readDumpFile } = await import("../shared/dump-file.ts");
      const failed = failedEntries("load");
      const { report, outcome } = await reported<LoadReport>(
        context,
        storedPartOf(place, collection),
        { toTable, toProgress },
        (onProgress) => {
          const texts = readDumpFile(file === "-" ? null : resolve(context.io.cwd, file), file, () =>
            context.io.stdin.chunks(),
          );
          const options = { collection, dryRun, overwrite, signal, onProgress, onFailed: failed.add };
          return load(adapt(storage), texts, options).catch(optionsAsUsage);
        },
      );
      await failed.say(messages);
      if (signal.aborted) {
        await messages.info(CONTINUES);
        return 130;
      }
      if (outcome !== undefined) return outcome;
      const { complete, differing, notDumped, sample } = report;
      if (notDumped > 0) {
        await messages.error(`The dump is incomplete: it lacks ${notDumped} that could not be read when it was made`);
      } else if (!complete) {
        await messages.error("The dump is cut off: what is missing at its end was not loaded");
      }
      if (collection !== undefined && report.examined === 0) {
        await messages.info(`The dump has nothing of collection ${quote(collection)}: check the name`);
      }
      if (differing > 0)
        await messages.info(`${differing} differ in the storage and were left: --overwrite replaces them`);
      if (sample.wrong > 0) await messages.info(NOT_KEPT);
      return complete && differing === 0 && report.failed === 0 && sample.wrong === 0 ? undefined : 1;
    });
  },
});

function toProgress({ examined, copied, overwritten }: LoadReport): string {
  return `${examined} examined, ${copied + overwritten} stored`;
}

function toTable({ sample, ...rest }: LoadReport): Record<string, unknown> {
  const wrong = sample.wrong > 0 ? { "wrong of these": sample.wrong } : {};
  return { ...withoutZeros(rest), "read again": sample.read, ...wrong };
}

export default load;
