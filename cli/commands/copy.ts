import type { CopyReport } from "../../sdk/transfer/index.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { openTarget, withAnon } from "../shared/connect.ts";
import { optionsAsUsage, UsageError } from "../shared/errors.ts";
import { failedEntries } from "../shared/failed-entries.ts";
import { checkCollection, looksEmpty, sayEmpty, storedPartOf } from "../shared/place.ts";
import { withoutZeros } from "../shared/print.ts";
import { CONTINUES, NOT_KEPT, reported } from "../shared/reported.ts";

const copy: Command = command({
  description: "Copy all accounts to another storage, or bring a copy up to date",
  args: {
    to: {
      type: "string",
      valueHint: "url",
      description: "The storage to copy to",
      refusals: ["invalid_storage_url"],
    },
    collection: collectionFlag("Only this collection (default all)"),
    "dry-run": { type: "boolean", description: "Write nothing, and report what a run would write" },
    overwrite: { type: "boolean", description: "Replace what differs at the target" },
    remove: { type: "boolean", description: "With --overwrite: delete at the target what the storage does not have" },
  },
  examples: [
    "anon copy --to redis://127.0.0.1:6379",
    "anon copy --storage redis://127.0.0.1:6379 --to sqlite:./accounts.db --dry-run",
    "anon copy --to fs:./backup --overwrite --remove",
  ],
  run: ({ to, collection, "dry-run": dryRun, overwrite, remove }, context) => {
    if (to === undefined) throw new UsageError("Cannot copy without a target: give --to the URL of a storage");
    if (remove && !overwrite) {
      throw new UsageError(
        "Cannot use --remove without --overwrite: a target with accounts of its own would lose them",
      );
    }
    const signal = context.io.interruptible();
    const { messages } = context;
    return withAnon(context, "none", async ({ anon, config, place, storage }) => {
      await checkCollection(anon, collection);
      const target = await openTarget(context, to, storage, config);
      try {
        const { copy } = await import("../../sdk/transfer/index.ts");
        const { adapt } = await import("../../storage-drivers/open.ts");
        const failed = failedEntries("copy");
        const options = { collection, dryRun, overwrite, remove, signal, onFailed: failed.add };
        const { report, outcome } = await reported<CopyReport>(
          context,
          storedPartOf(place, collection),
          { toTable, toProgress },
          (onProgress) => copy(adapt(storage), target, { ...options, onProgress }).catch(optionsAsUsage),
        );
        await failed.say(messages);
        if (signal.aborted) {
          await messages.info(CONTINUES);
          return 130;
        }
        if (outcome !== undefined) return outcome;
        if (collection !== undefined && report.examined === 0 && (await looksEmpty(anon, place, collection))) {
          await sayEmpty(messages, place, collection);
        }
        await advise(report, { overwrite, say: (text) => messages.info(text) });
        return isWrong(report) ? 1 : undefined;
      } finally {
        await target.dispose();
      }
    });
  },
});

function isWrong({ failed, differing, missing, sample }: CopyReport): boolean {
  return failed > 0 || differing > 0 || (missing ?? 0) > 0 || sample.wrong > 0;
}

async function advise(
  { differing, extra, missing, sample, dryRun }: CopyReport,
  { overwrite, say }: { overwrite: boolean; say: (text: string) => Promise<void> },
): Promise<void> {
  if (differing > 0 && !overwrite)
    await say(`${differing} differ at the target and were left: --overwrite replaces them`);
  if ((extra ?? 0) > 0) {
    await say(
      `${extra} are at the target alone: its own, or deleted here since an earlier copy, which --remove deletes`,
    );
  }
  if ((missing ?? 0) > 0 || sample.wrong > 0) {
    await say(NOT_KEPT);
  }
  if (!dryRun)
    await say("Secrets are not copied: servers on the target need the same secret, or all tokens become invalid");
}

function toProgress({ examined, copied, overwritten }: CopyReport): string {
  return `${examined} examined, ${copied + overwritten} copied`;
}

function toTable({ sample, ...rest }: CopyReport): Record<string, unknown> {
  return {
    ...withoutZeros(rest),
    "read again": sample.read,
    ...(sample.wrong > 0 ? { "wrong of these": sample.wrong } : {}),
  };
}

export default copy;
