import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { UsageError } from "../shared/errors.ts";
import { findRef } from "../shared/find.ts";
import { partOf, sayPlace } from "../shared/place.ts";

const exportAccount: Command = command({
  description: "Export one account's data as JSON, or all accounts as JSON lines",
  args: {
    account: {
      type: "positional",
      optional: true,
      valueHint: "id | email",
      description: "The account, by its id or its email; left out with --all",
    },
    all: { type: "boolean", description: "Every account of the collection, one JSON document per line" },
    "with-hashes": { type: "boolean", description: "With --all: the password hashes too. Keep the output secret" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: [
    "anon export k3v9x0q2m7t1c5z",
    "anon export ada@example.com > ada.json",
    "anon export --all --with-hashes | gpg -e -r ops > accounts.jsonl.gpg",
  ],
  run: ({ account, all, collection, "with-hashes": withHashes }, context) => {
    if (all && account !== undefined) throw new UsageError("Cannot use --all together with an account: leave one out");
    if (!all && withHashes) throw new UsageError("Cannot use --with-hashes without --all");
    if (!all && account === undefined) {
      throw new UsageError("Cannot export without <id | email>: name the account, or give --all");
    }
    return withAnon(context, "none", async ({ anon, place }) => {
      if (account !== undefined) {
        const exported = await anon.admin.exportAccount(await findRef(anon, account, collection));
        await context.out.json(exported, !context.json);
        return;
      }
      for await (const exported of anon.admin.exportAccounts({ collection, withHashes })) {
        await context.out.json(exported);
      }
      await sayPlace(context.messages, partOf(place, collection ?? "users"));
    });
  },
});

export default exportAccount;
