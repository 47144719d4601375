import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";

const doctor: Command = command({
  name: "doctor",
  description: "Look at every account of a collection, and finish what was left undone by processes that died",
  args: {
    collection: collectionFlag("Which collection (default users)"),
    "dry-run": { type: "boolean", description: "Change nothing" },
  },
  examples: ["anon doctor", "anon doctor --collection customers --dry-run --json"],
  run: ({ collection, "dry-run": dryRun }, context) => {
    const signal = context.io.interruptible();
    return withAnon(context, "none", async (anon) => {
      const report = await anon.doctor({ collection, dryRun, signal });
      const { guarantee, accounts, merges, damaged } = report;
      const shown = {
        guarantee,
        ...prefixed("", accounts),
        ...prefixed("merges ", merges),
        damaged: damaged.count,
        ...(damaged.count > 0 ? { "damaged keys": damaged.keys.join(" ") } : {}),
      };
      if (context.json) await context.out.json(report);
      else await context.out.line(table(shown));
      if (signal.aborted) return 130;
      return damaged.count > 0 || merges.failed > 0 ? 1 : undefined;
    });
  },
});

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

export default doctor;
