import type { AnonConfig } from "../../sdk/config.ts";
import type { AnonRecord } from "../../sdk/contract/records.ts";
import type { GcReport } from "../../sdk/contract/retention.ts";
import type { Duration } from "../../sdk/types.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { isAnonError, UsageError } from "../shared/errors.ts";
import type { Messages } from "../shared/messages.ts";
import { looksEmpty, partOf, sayEmpty } from "../shared/place.ts";
import { prefixed, withoutZeros } from "../shared/print.ts";
import { reported } from "../shared/reported.ts";

const SERVICE_FLAGS: ReadonlySet<string> = new Set(["health-file", "metrics-port"]);

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
    ids: { type: "boolean", description: "With --dry-run: print the accounts that a run would collect, one per line" },
    limit: { type: "string", kind: "count", valueHint: "n", description: "Collect at most this many (default all)" },
    batch: {
      type: "string",
      kind: "count",
      maximum: 10_000,
      valueHint: "n",
      description: "Accounts per step (default 1000, or what suits the storage)",
    },
    every: {
      type: "string",
      kind: "duration",
      valueHint: "duration",
      description: "Run at once and then this often, 1s to 24d, until SIGTERM or Ctrl-C",
      refusals: ["invalid_options"],
    },
    "health-file": {
      type: "string",
      valueHint: "path",
      description: "With --every: a file that each run that succeeded replaces",
    },
    "metrics-port": {
      type: "string",
      kind: "count",
      maximum: 65_535,
      valueHint: "port",
      description: "With --every: serve /metrics (Prometheus) and /healthz on 127.0.0.1",
    },
  },
  examples: [
    "anon gc",
    "anon gc --older-than 30d --dry-run",
    "anon gc --older-than 30d --dry-run --ids",
    "anon gc --older-than P30D --collection customers --limit 10000 --json",
    "anon gc --older-than 30d --every 1h --health-file /run/anon/gc",
  ],
  run: ({ "older-than": olderThan, "dry-run": dryRun, ids, collection, limit, batch, every, ...service }, context) => {
    if (ids && !dryRun) {
      throw new UsageError("Cannot use --ids without --dry-run: the accounts of a run are gone when it ends");
    }
    checkService(every, dryRun, service);
    // before the storage is opened: an interrupt meanwhile must not lose the report
    const signal = context.io.interruptible();
    const { messages } = context;
    return withAnon(context, "none", async ({ anon, config, place }) => {
      if (dryRun && mayKeep(config))
        await messages.info("A dry run does not call beforeDelete, keep and keepMany: they may keep some of these");
      if (every !== undefined) {
        const { serveGc } = await import("../shared/gc-service.ts");
        const { "health-file": healthFile, "metrics-port": metricsPort } = service;
        const onReport = (report: GcReport) => sayOtherResolution(messages, report);
        const run = { olderThan, collection, limit, batch, every, signal, healthFile, metricsPort, onReport };
        return stated(olderThan, () => serveGc(context, anon, partOf(place, collection), run));
      }
      // an id does not say in which collection it is
      let isElsewhere = false;
      const print = async (records: AnonRecord[]) => {
        for (const record of records) {
          isElsewhere ||= collection === undefined && record.collectionName !== "users";
          await context.out.result(record, () => record.id);
        }
      };
      const { report, outcome } = await reported<GcReport>(
        context,
        partOf(place, collection),
        { toTable, toProgress, aside: ids },
        (onProgress) =>
          stated(olderThan, () => {
            const candidates = ids ? { onCandidates: print } : {};
            return anon.admin.gc({ olderThan, collection, dryRun, limit, batch, signal, onProgress, ...candidates });
          }),
      );
      await sayOtherResolution(messages, report);
      if (isElsewhere && !context.json) {
        await messages.info("Some of these are not in collection users: with --json each line names its collection");
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

/** Refuses flags that mean nothing together. */
function checkService(every: Duration | undefined, dryRun: boolean, service: Record<string, unknown>): void {
  if (every !== undefined) {
    if (dryRun) throw new UsageError("Cannot use --every with --dry-run: run the dry run once, without --every");
    return;
  }
  const [alone] = Object.keys(service).filter((name) => SERVICE_FLAGS.has(name) && service[name] !== undefined);
  if (alone) throw new UsageError(`Cannot use --${alone} without --every: it is for a service`);
}

/** Runs `action`, and says which flag or option is missing if neither says what is inactive. */
async function stated<T>(olderThan: Duration | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // the refused duration is not of the command line: none was given
    if (isAnonError(error) && error.code === "invalid_duration" && olderThan === undefined) {
      throw new UsageError(
        "Cannot collect without saying what is inactive: give --older-than, or the configuration a retention",
      );
    }
    throw error;
  }
}

async function sayOtherResolution(messages: Messages, { otherResolution }: GcReport): Promise<void> {
  if (otherResolution === 0) return;
  const were = otherResolution === 1 ? "account was" : "accounts were";
  await messages.info(
    `${otherResolution} ${were} kept as active: the times in the queue were written with another activityResolution than this run has. Run gc with the configuration of the servers (--config). Right after that setting was changed this is normal`,
  );
}

/** Whether the application may keep accounts. */
function mayKeep({ hooks, collections, ...top }: AnonConfig): boolean {
  // a file may name a collection without settings
  const all = [top, ...Object.values(collections ?? {})];
  return Boolean(hooks?.beforeDelete) || all.some((own) => own?.keep || own?.keepMany);
}

function toProgress({ examined, deleted, quarantined }: GcReport): string {
  return `${examined} examined, ${deleted + quarantined} collected`;
}

/** Without zeros, except for what says that nothing was due or collected. */
function toTable({ examined, deleted, quarantined, kept, ...rest }: GcReport): object {
  const collected = quarantined === 0 ? { deleted } : withoutZeros({ deleted, quarantined });
  return { examined, ...collected, ...withoutZeros({ ...rest, ...prefixed("kept ", kept) }) };
}

export default gc;
