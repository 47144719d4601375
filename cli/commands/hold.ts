import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { UsageError } from "../shared/errors.ts";
import { findRef } from "../shared/find.ts";

const hold: Command = command({
  description: "Keep an account from being deleted, until it is released",
  args: {
    account: { type: "positional", valueHint: "id | email", description: "The account, by its id or its email" },
    reason: { type: "string", valueHint: "text", description: "Why; anon show --status shows it" },
    release: { type: "boolean", description: "End the hold" },
    collection: collectionFlag("Where it is (default users)"),
  },
  examples: ["anon hold ada@example.com --reason 'case 17'", "anon hold k3v9x0q2m7t1c5z --release"],
  run: ({ account, reason, release, collection }, context) => {
    if (release && reason !== undefined) {
      throw new UsageError("Cannot use --reason together with --release: a hold that ends needs none");
    }
    return withAnon(context, "none", async ({ anon }) => {
      const ref = await findRef(anon, account, collection);
      const record = release ? await anon.admin.release(ref) : await anon.admin.hold(ref, { reason });
      await context.out.result(record, () => `${release ? "Released" : "Holding"} ${record.id}`);
    });
  },
});

export default hold;
