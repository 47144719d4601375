import { AnonError } from "../../sdk/errors.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { quote } from "../shared/errors.ts";
import { findRef } from "../shared/find.ts";

const sessions: Command = command({
  description: "List the sessions of one account that have not ended, or end one",
  args: {
    account: { type: "positional", valueHint: "id | email | username", description: "The account, by any of these" },
    end: { type: "string", valueHint: "session", description: "End this one instead, by its id in the list" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: ["anon sessions ada@example.com", "anon sessions k3v9x0q2m7t1c5z --end 7f0q2m7t1c5zk3v9"],
  run: ({ account, end, collection }, context) =>
    withAnon(context, "none", async ({ anon }) => {
      const { json, out } = context;
      const ref = await findRef(anon, account, collection);
      if (end === undefined) {
        const list = await anon.admin.listSessions(ref);
        if (json) return await out.json({ sessions: list });
        for (const { id, created, expires } of list) await out.line([id, created, expires].join("\t"));
        return;
      }
      if (!(await anon.admin.endSession(ref, end))) {
        throw new AnonError("not_found", `Cannot end session ${quote(end)}: the account has none with this id`);
      }
      await out.result({ ended: [end] }, () => `Ended ${end}`);
    }),
});

export default sessions;
