import type { CollectionStats, Stats } from "../../sdk/contract/stats.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { UsageError } from "../shared/errors.ts";
import { partOf, sayPlace } from "../shared/place.ts";
import { prefixed, table } from "../shared/print.ts";

const stats: Command = command({
  description: "Count accounts, sessions and what is due, by collection",
  args: {
    exact: { type: "boolean", description: "Read every account; without it only the due queue, which has the guests" },
    prometheus: { type: "boolean", description: "In the text format of Prometheus" },
    "older-than": {
      type: "string",
      kind: "duration",
      valueHint: "duration",
      description: "How long an account must have been inactive to be due (default: retention of the configuration)",
    },
    collection: collectionFlag("Only this collection (default all)"),
  },
  examples: ["anon stats", "anon stats --exact --json", "anon stats --older-than 30d --prometheus > anon.prom"],
  run: ({ exact, prometheus, "older-than": olderThan, collection }, context) => {
    const { json, messages, out, io } = context;
    if (json && prometheus) throw new UsageError("Cannot use --json together with --prometheus: leave one out");
    const signal = io.interruptible();
    return withAnon(context, "none", async ({ anon, place }) => {
      const onProgress = ({ entries, accounts }: { entries: number; accounts: number }) =>
        messages.progress(`${entries} entries of the queue read, ${accounts} accounts`);
      const result = await anon.admin
        .stats({ exact, olderThan, collection, signal, onProgress })
        .finally(() => messages.endProgress());
      const where = partOf(place, collection);
      if (prometheus) {
        const { statsMetrics } = await import("../shared/stats-metrics.ts");
        const { prometheusText } = await import("../shared/prometheus.ts");
        await out.line(prometheusText(statsMetrics(result)).trimEnd());
      } else {
        await out.result({ ...where, ...result }, () => toText(result));
      }
      await out.flush();
      await sayPlace(messages, where);
      if (!result.exact)
        await messages.info("Counted from the due queue: --exact reads every account and counts the rest");
      if (signal.aborted) return 130;
      if (!result.complete) await messages.info("The due queue is longer than was read: these are the oldest entries");
      return undefined;
    });
  },
});

function toText({ collections, unconfigured, exact, complete, at }: Stats): string {
  const tables = Object.entries(collections).map(([name, one]) => table({ collection: name, ...toTable(one) }));
  const rest = table({ ...(unconfigured > 0 ? { unconfigured } : {}), exact, complete, at });
  return [...tables, rest].join("\n\n");
}

/** Without what is not known. */
function toTable({ accounts, created, lastActive, queue, ...counts }: CollectionStats): object {
  const { due, ...entries } = queue;
  const known = {
    ...accounts,
    ...counts,
    ...prefixed("anonymous, created ", created?.anonymous ?? {}),
    ...prefixed("registered, created ", created?.registered ?? {}),
    ...prefixed("anonymous, active ", lastActive?.anonymous ?? {}),
    ...prefixed("registered, active ", lastActive?.registered ?? {}),
    ...prefixed("queue ", entries),
    ...prefixed("due ", due ?? {}),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
}

export default stats;
