import type { AnonConfig } from "../../sdk/config.ts";
import type { GcReport } from "../../sdk/contract/retention.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { isAnonError, UsageError } from "../shared/errors.ts";
import { looksEmpty, partOf, sayEmpty } from "../shared/place.ts";
import { prefixed } from "../shared/print.ts";
import { reported } from "../shared/reported.ts";

const gc: Command = command({
  description: "Collect anonymous accounts that have been inactive for a time, and never registered ones",
  args: {
    "older-than": {
      type: "string",
      kind: "duration",
      valueHint: "duration",
      description: "How long an account must have been inactive (default: retention of the configuration)",
    },
    collection: collectionFlag("Only this collection (default all)"),
    "dry-run": { type: "boolean", description: "Collect nothing, and report what a run would collect" },
    limit: { type: "string", kind: "count", valueHint: "n", description: "Collect at most this many (default all)" },
    batch: {
      type: "string",
      kind: "count",
      maximum: 10_000,
      valueHint: "n",
      description: "Accounts per step (default 1000, or what suits the storage)",
    },
  },
  examples: [
    "anon gc",
    "anon gc --older-than 30d --dry-run",
    "anon gc --older-than P30D --collection customers --limit 10000 --json",
  ],
  run: ({ "older-than": olderThan, "dry-run": dryRun, collection, limit, batch }, context) => {
    // before the storage is opened: an interrupt meanwhile must not lose the report
    const signal = context.io.interruptible();
    const { messages } = context;
    return withAnon(context, "none", async ({ anon, config, place }) => {
      if (dryRun && mayKeep(config))
        await messages.info("A dry run does not call beforeDelete, keep and keepMany: they may keep some of these");
      const { report, outcome } = await reported<GcReport>(
        context,
        partOf(place, collection),
        { toTable, toProgress },
        async (onProgress) => {
          try {
            return await anon.admin.gc({ olderThan, collection, dryRun, limit, batch, signal, onProgress });
          } catch (error) {
            // the refused duration is not of the command line: none was given
            if (isAnonError(error) && error.code === "invalid_duration" && olderThan === undefined) {
              throw new UsageError(
                "Cannot collect without saying what is inactive: give --older-than, or the configuration a retention",
              );
            }
            throw error;
          }
        },
      );
      const { otherResolution } = report;
      if (otherResolution > 0) {
        const were = otherResolution === 1 ? "account was" : "accounts were";
        await messages.info(
          `${otherResolution} ${were} kept as active: the times in the queue were written with another activityResolution than this run has. Run gc with the configuration of the servers (--config). Right after that setting was changed this is normal`,
        );
      }
      if (signal.aborted) return 130;
      if (outcome !== undefined) return outcome;
      if (collection !== undefined && report.examined === 0 && (await looksEmpty(anon, place, collection))) {
        await sayEmpty(messages, place, collection);
      }
      return report.failed > 0 ? 1 : undefined;
    });
  },
});

/** Whether the application may keep accounts. */
function mayKeep({ hooks, collections, ...top }: AnonConfig): boolean {
  // a file may name a collection without settings
  const all = [top, ...Object.values(collections ?? {})];
  return Boolean(hooks?.beforeDelete) || all.some((own) => own?.keep || own?.keepMany);
}

function toProgress({ examined, deleted, quarantined }: GcReport): string {
  return `${examined} examined, ${deleted + quarantined} collected`;
}

function toTable({ kept, ...rest }: GcReport): Record<string, unknown> {
  return { ...rest, ...prefixed("kept ", kept) };
}

export default gc;
