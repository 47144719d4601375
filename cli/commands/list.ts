import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { FILTER_ARGS, filterOf } from "../shared/filter.ts";
import { looksEmpty, partOf, sayEmpty, sayPlace } from "../shared/place.ts";
import { row } from "../shared/print.ts";

const list: Command = command({
  description: "List the accounts of a collection, one per line",
  args: {
    ...FILTER_ARGS,
    collection: collectionFlag("Which collection (default users)"),
    limit: { type: "string", kind: "count", valueHint: "n", description: "At most this many (default all)" },
  },
  examples: ["anon list", "anon list --anonymous --inactive-for 7d --json | wc -l", "anon list --since 2h"],
  run: async ({ collection, limit, ...flags }, context) => {
    const filter = filterOf(flags);
    await withAnon(context, "none", async ({ anon, place }) => {
      const name = collection ?? "users";
      const { messages, out, io } = context;
      const { stdout } = io;
      let listed = 0;
      for await (const record of anon.admin.list({ ...filter, collection, limit })) {
        listed++;
        // on a terminal the lines themselves are the progress
        if (!stdout.isTTY) messages.progress(`${listed} listed`);
        await out.result(record, () => row(record, stdout.columns));
      }
      await messages.endProgress();
      await sayPlace(messages, partOf(place, name));
      if (listed === 0 && (await looksEmpty(anon, place, name))) await sayEmpty(messages, place, name);
    });
  },
});

export default list;
