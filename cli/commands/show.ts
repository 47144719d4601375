import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { findRecord } from "../shared/find.ts";
import { table } from "../shared/print.ts";

const show: Command = command({
  name: "show",
  description: "Show the record of one account",
  args: {
    account: { type: "positional", valueHint: "id | email", description: "The account, by its id or its email" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: ["anon show k3v9x0q2m7t1c5z", "anon show ada@example.com --json"],
  run: ({ account, collection }, context) =>
    withAnon(context, "none", async (anon) => {
      const record = await findRecord(anon, account, collection);
      if (context.json) await context.out.json(record);
      else await context.out.line(table(record));
    }),
});

export default show;
