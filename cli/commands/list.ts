import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { UsageError } from "../shared/errors.ts";
import { looksEmpty, partOf, sayEmpty, sayPlace } from "../shared/place.ts";
import { row } from "../shared/print.ts";

const list: Command = command({
  description: "List the accounts of a collection, one per line",
  args: {
    anonymous: { type: "boolean", description: "Only anonymous accounts" },
    registered: { type: "boolean", description: "Only registered accounts" },
    "inactive-for": {
      type: "string",
      kind: "duration",
      valueHint: "duration",
      description: "Only accounts without activity for this long",
    },
    quarantined: { type: "boolean", description: "The accounts in quarantine instead" },
    collection: collectionFlag("Which collection (default users)"),
    limit: { type: "string", kind: "count", valueHint: "n", description: "At most this many (default all)" },
  },
  examples: ["anon list", "anon list --anonymous --inactive-for 7d --json | wc -l"],
  run: async ({ anonymous, registered, collection, limit, quarantined, "inactive-for": inactiveFor }, context) => {
    if (anonymous && registered) {
      throw new UsageError("Cannot use --anonymous together with --registered: leave both out to list all");
    }
    await withAnon(context, "none", async ({ anon, place }) => {
      const name = collection ?? "users";
      const kind = { anonymous: anonymous ? true : registered ? false : undefined };
      let listed = 0;
      for await (const record of anon.admin.list({ collection, inactiveFor, quarantined, limit, ...kind })) {
        listed++;
        await context.out.result(record, () => row(record));
      }
      await sayPlace(context.messages, partOf(place, name));
      if (listed === 0 && (await looksEmpty(anon, place, name))) await sayEmpty(context.messages, place, name);
    });
  },
});

export default list;
