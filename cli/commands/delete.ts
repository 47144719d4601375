import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { notFound } from "../shared/find.ts";
import { ask, canAsk } from "../shared/stdin.ts";

const remove: Command = command({
  description: "Delete one account, anonymous or registered, with its sessions",
  args: {
    id: { type: "positional", valueHint: "id", description: "The account's id" },
    yes: { type: "boolean", description: "Do not ask" },
    collection: collectionFlag("Where it is (default users)"),
  },
  examples: ["anon delete k3v9x0q2m7t1c5z", "anon delete k3v9x0q2m7t1c5z --yes --json"],
  run: async ({ id, yes, collection }, context) => {
    const { io, json, messages, out } = context;
    if (!yes && !canAsk(io)) throw new UsageError("Cannot ask without a terminal: confirm with --yes");
    if (!yes) {
      const [answer = ""] = await ask(io, [`Delete account ${quote(id)} for good? [y/N] `], false);
      if (!/^y(es)?$/i.test(answer.trim())) {
        await (json ? out.json({ deleted: [] }) : messages.info("Nothing deleted"));
        return 1;
      }
    }
    return withAnon(context, "none", async ({ anon }) => {
      if (!(await anon.admin.delete({ collection, id }))) notFound(id, collection);
      await out.result({ deleted: [id] }, () => `Deleted ${id}`);
    });
  },
});

export default remove;
