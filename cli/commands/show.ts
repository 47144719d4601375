import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { findId, findRecord, notFound } from "../shared/find.ts";
import { table } from "../shared/print.ts";

const show: Command = command({
  description: "Show the record of one account",
  args: {
    account: { type: "positional", valueHint: "id | email", description: "The account, by its id or its email" },
    status: { type: "boolean", description: "Also its last activity, sessions, hold and quarantine" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: ["anon show k3v9x0q2m7t1c5z", "anon show ada@example.com --json", "anon show k3v9x0q2m7t1c5z --status"],
  run: ({ account, status, collection }, context) =>
    withAnon(context, "none", async ({ anon }) => {
      if (status) {
        const ref = { collection, id: await findId(anon, account, collection) };
        const found = (await anon.admin.inspect(ref)) ?? notFound(account, collection);
        const { record: shown, ...rest } = found;
        return await (context.json ? context.out.json(found) : context.out.line(table({ ...shown, ...rest })));
      }
      const record = await findRecord(anon, account, collection);
      if (context.json) await context.out.json(record);
      else await context.out.line(table(record));
    }),
});

export default show;
