import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { findRecord, findRef, notFound } from "../shared/find.ts";
import { table } from "../shared/print.ts";

const show: Command = command({
  description: "Show the record of one account",
  args: {
    account: { type: "positional", valueHint: "id | email | username", description: "The account, by any of these" },
    status: { type: "boolean", description: "Also its last activity, sessions, hold and quarantine" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: ["anon show k3v9x0q2m7t1c5z", "anon show ada@example.com --json", "anon show ada --status"],
  run: ({ account, status, collection }, context) =>
    withAnon(context, "none", async ({ anon }) => {
      if (status) {
        const ref = await findRef(anon, account, collection);
        const found = (await anon.admin.inspect(ref)) ?? notFound(account, collection);
        const { record: shown, ...rest } = found;
        return context.out.result(found, () => table({ ...shown, ...rest }, context.io.stdout.columns));
      }
      const record = await findRecord(anon, account, collection);
      await context.out.result(record, () => table(record, context.io.stdout.columns));
    }),
});

export default show;
