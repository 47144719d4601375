import type { DoctorReport } from "../../sdk/contract/retention.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { partOf, sayEmpty } from "../shared/place.ts";
import { prefixed } from "../shared/print.ts";
import { reported } from "../shared/reported.ts";

const doctor: Command = command({
  description: "Examine every account of a collection, and repair what dead processes left",
  args: {
    collection: collectionFlag("Which collection (default users)"),
    "dry-run": { type: "boolean", description: "Change nothing" },
  },
  examples: ["anon doctor", "anon doctor --collection customers --dry-run --json"],
  run: ({ collection, "dry-run": dryRun }, context) => {
    const signal = context.io.interruptible();
    return withAnon(context, "none", async ({ anon, place }) => {
      const where = partOf(place, collection ?? "users");
      const { report, outcome } = await reported(context, where, { toTable, toProgress }, (onProgress) =>
        anon.admin.doctor({ collection, dryRun, signal, onProgress }),
      );
      const { damaged, merges, complete } = report;
      if (complete && examined(report) === 0 && place.collections === null) {
        await sayEmpty(context.messages, place, collection ?? "users");
      }
      if (signal.aborted) return 130;
      return outcome ?? (damaged.count > 0 || merges.failed > 0 || isUnrepaired(report) ? 1 : undefined);
    });
  },
});

function examined({ accounts, damaged }: DoctorReport): number {
  return accounts.anonymous + accounts.registered + accounts.quarantined + accounts.merged + damaged.count;
}

/** Whether the storage had no room for a repair of the queue. */
function isUnrepaired({ queue, dryRun }: DoctorReport): boolean {
  return queue !== null && !dryRun && queue.repaired < queue.missing + queue.stray;
}

function toProgress(report: DoctorReport): string {
  return `${examined(report)} examined`;
}

function toTable({ guarantee, accounts, merges, queue, damaged, complete, dryRun }: DoctorReport): object {
  return {
    guarantee,
    ...accounts,
    ...prefixed("merges ", merges),
    ...(queue ? prefixed("queue ", queue) : { queue: "not compared: this driver does not support it" }),
    damaged: damaged.count,
    ...(damaged.count > 0 ? { "damaged keys": damaged.keys.join(" ") } : {}),
    complete,
    dryRun,
  };
}

export default doctor;
