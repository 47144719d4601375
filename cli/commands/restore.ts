import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";

const restore: Command = command({
  description: "Restore an account that gc put into quarantine",
  args: {
    id: { type: "positional", valueHint: "id", description: "The account's id" },
    collection: collectionFlag("Where it is (default users)"),
  },
  examples: ["anon list --quarantined", "anon restore k3v9x0q2m7t1c5z"],
  run: ({ id, collection }, context) =>
    withAnon(context, "none", async ({ anon }) => {
      const record = await anon.admin.restore({ collection, id });
      await context.out.result(record, () => `Restored ${id}`);
    }),
});

export default restore;
