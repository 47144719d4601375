import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { findRef } from "../shared/find.ts";

const exportAccount: Command = command({
  description: "Export one account's data as JSON",
  args: {
    account: { type: "positional", valueHint: "id | email", description: "The account, by its id or its email" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: ["anon export k3v9x0q2m7t1c5z", "anon export ada@example.com > ada.json"],
  run: ({ account, collection }, context) =>
    withAnon(context, "none", async ({ anon }) => {
      const exported = await anon.admin.exportAccount(await findRef(anon, account, collection));
      await context.out.json(exported, !context.json);
    }),
});

export default exportAccount;
