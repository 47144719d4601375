import { inBulk } from "../shared/bulk.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { UsageError } from "../shared/errors.ts";
import { findRef } from "../shared/find.ts";
import { ANY_NAME, SELECTION_ARGS, selectionOf } from "../shared/selection.ts";

const hold: Command = command({
  description: "Keep accounts from being deleted, until they are released: one, those on stdin, or those of a filter",
  args: {
    ...SELECTION_ARGS,
    account: ANY_NAME,
    reason: { type: "string", valueHint: "text", description: "Why; anon show --status shows it" },
    release: { type: "boolean", description: "End the hold" },
    collection: collectionFlag("Where they are (default users)"),
  },
  examples: [
    "anon hold ada@example.com --reason 'case 17'",
    "anon hold k3v9x0q2m7t1c5z --release",
    "anon gc --dry-run --ids | anon hold - --reason 'under review'",
  ],
  run: ({ reason, release, collection, ...values }, context) => {
    if (release && reason !== undefined) {
      throw new UsageError("Cannot use --reason together with --release: a hold that ends needs none");
    }
    const selection = selectionOf(values, "anon hold");
    return withAnon(context, "none", async (opened) => {
      const { admin } = opened.anon;
      if (selection.is === "one") {
        const ref = await findRef(opened.anon, selection.account, collection);
        const record = release ? await admin.release(ref) : await admin.hold(ref, { reason });
        return context.out.result(record, () => `${release ? "Released" : "Holding"} ${record.id}`);
      }
      return inBulk(context, opened, {
        ...{ selection, collection, verb: release ? "released" : "held" },
        action: (_, ref) => (release ? admin.release(ref) : admin.hold(ref, { reason })),
      });
    });
  },
});

export default hold;
