import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";

const restore: Command = command({
  description: "Bring an account back that gc put into quarantine",
  args: {
    id: { type: "positional", valueHint: "id", description: "The account's id" },
    collection: collectionFlag("Where it is (default users)"),
  },
  examples: ["anon list --quarantined", "anon restore k3v9x0q2m7t1c5z"],
  run: ({ id, collection }, context) =>
    withAnon(context, "none", async ({ anon }) => {
      const record = await anon.admin.restore({ collection, id });
      await (context.json ? context.out.json(record) : context.out.line(`Restored ${id}`));
    }),
});

export default restore;
