import { inBulk } from "../shared/bulk.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { SELECTION_ARGS, selectionOf } from "../shared/selection.ts";

const restore: Command = command({
  description: "Restore accounts that gc put into quarantine: one, those on stdin, or those that match a filter",
  args: { ...SELECTION_ARGS, collection: collectionFlag("Where they are (default users)") },
  examples: [
    "anon restore k3v9x0q2m7t1c5z",
    "anon restore --since 2h",
    "anon list --quarantined --json | anon restore -",
  ],
  run: ({ collection, ...values }, context) => {
    const selection = selectionOf(values, "anon restore");
    return withAnon(context, "none", async (opened) => {
      if (selection.is === "one") {
        const record = await opened.anon.admin.restore({ collection, id: selection.account });
        return context.out.result(record, () => `Restored ${record.id}`);
      }
      // no other account can be restored
      if (selection.is === "filter") selection.filter.quarantined = true;
      return inBulk(context, opened, {
        ...{ selection, collection, verb: "restored" },
        none: "No account in quarantine matches: without `quarantine` gc deletes at once, and only a backup has the accounts",
        action: (anon, ref) => anon.admin.restore(ref),
      });
    });
  },
});

export default restore;
