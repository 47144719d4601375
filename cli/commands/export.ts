import { inBulk } from "../shared/bulk.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { UsageError } from "../shared/errors.ts";
import { findRef } from "../shared/find.ts";
import { partOf, sayPlace } from "../shared/place.ts";
import { ANY_NAME, isSelecting, SELECTION_ARGS, selectionOf } from "../shared/selection.ts";

const exportAccount: Command = command({
  description: "Export accounts' data as JSON: of one, of those on stdin or of a filter, or of all as lines to import",
  args: {
    ...SELECTION_ARGS,
    account: ANY_NAME,
    all: { type: "boolean", description: "Every account of the collection, one JSON document per line" },
    "with-hashes": { type: "boolean", description: "With --all: the password hashes too. Keep the output secret" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: [
    "anon export k3v9x0q2m7t1c5z",
    "anon export ada@example.com > ada.json",
    "anon export --registered > accounts.jsonl",
    "anon export --all --with-hashes | gpg -e -r ops > accounts.jsonl.gpg",
  ],
  run: ({ all, collection, "with-hashes": withHashes, ...values }, context) => {
    if (all && isSelecting(values)) throw new UsageError("Cannot use --all together with accounts or a filter");
    if (!all && withHashes) throw new UsageError("Cannot use --with-hashes without --all");
    if (values.quarantined || values.since !== undefined) {
      throw new UsageError("Cannot export accounts in quarantine: restore them first");
    }
    const selection = all ? null : selectionOf(values, "anon export");
    return withAnon(context, "none", async (opened) => {
      const { anon, place } = opened;
      if (selection === null) {
        const { messages, io, out } = context;
        let count = 0;
        for await (const exported of anon.admin.exportAccounts({ collection, withHashes })) {
          await out.json(exported);
          // on a terminal the accounts themselves are the progress
          if (!io.stdout.isTTY) messages.progress(`${++count} exported`);
        }
        await messages.endProgress();
        return sayPlace(messages, partOf(place, collection ?? "users"));
      }
      if (selection.is === "one") {
        const exported = await anon.admin.exportAccount(await findRef(anon, selection.account, collection));
        return context.out.json(exported, !context.json);
      }
      return inBulk(context, opened, {
        ...{ selection, collection, verb: "exported" },
        action: (_, ref) => anon.admin.exportAccount(ref),
        show: (exported) => context.out.json(exported),
      });
    });
  },
});

export default exportAccount;
