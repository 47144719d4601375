import type { Anon } from "../../sdk/contract/anon.ts";
import type { AccountFilter, AccountRef } from "../../sdk/contract/records.ts";
import { AnonError } from "../../sdk/errors.ts";
import { inBulk } from "../shared/bulk.ts";
import { type Command, type Context, collectionFlag, command } from "../shared/command.ts";
import { type Opened, withAnon } from "../shared/connect.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { notFound } from "../shared/find.ts";
import { SELECTION_ARGS, selectionOf } from "../shared/selection.ts";
import { ask, canAsk } from "../shared/stdin.ts";

const remove: Command = command({
  description:
    "Delete accounts, anonymous or registered, with their sessions: one, those on stdin, or those that match a filter",
  args: {
    ...SELECTION_ARGS,
    yes: { type: "boolean", description: "Do not ask" },
    "dry-run": { type: "boolean", description: "Delete nothing, and report what would be deleted" },
    collection: collectionFlag("Where they are (default users)"),
  },
  examples: [
    "anon delete k3v9x0q2m7t1c5z",
    "anon delete --anonymous --inactive-for 90d --dry-run",
    "anon delete - --yes --json < ids.txt",
  ],
  run: ({ yes, "dry-run": dryRun, collection, ...values }, context) => {
    const { io, out } = context;
    const selection = selectionOf(values, "anon delete");
    const mustAsk = !yes && !dryRun;
    if (mustAsk && (selection.is === "stdin" || !canAsk(io))) {
      throw new UsageError("Cannot ask without a terminal: confirm with --yes");
    }
    return withAnon(context, "none", async (opened) => {
      const { admin } = opened.anon;
      if (selection.is === "one" && !dryRun) {
        const { account: id } = selection;
        if (mustAsk && !(await isConfirmed(context, `account ${quote(id)}`))) return 1;
        if (!(await admin.delete({ collection, id }))) notFound(id, collection);
        return out.result({ deleted: [id] }, () => `Deleted ${id}`);
      }
      const filter = selection.is === "filter" ? selection.filter : undefined;
      if (filter && mustAsk) {
        const count = await matches(opened, context, filter, collection);
        if (count > 0 && !(await isConfirmed(context, count === 1 ? "1 account" : `${count} accounts`))) return 1;
      }
      return inBulk(context, opened, {
        ...{ selection, collection, dryRun, verb: "deleted" },
        // the filter is checked once more: a guest may sign in, or be converted, after it was listed
        action: (anon, ref) => (dryRun ? wouldDelete(anon, ref) : anon.admin.delete(ref, { filter })),
      });
    });
  },
});

/** What `admin.delete` returns or throws, without asking `beforeDelete`. */
async function wouldDelete({ admin }: Anon, ref: AccountRef): Promise<boolean> {
  const status = await admin.inspect(ref);
  if (!status || status.merged) return false;
  if (status.hold) throw new AnonError("account_held", "Cannot delete this account: it is on hold, release that first");
  return true;
}

async function matches(
  { anon }: Opened,
  { messages }: Context,
  filter: AccountFilter,
  collection: string | undefined,
): Promise<number> {
  let count = 0;
  for await (const _one of anon.admin.list({ ...filter, collection })) messages.progress(`${++count} found`);
  await messages.endProgress();
  return count;
}

/** Asks whether to delete these. After a no it prints that nothing was deleted. */
async function isConfirmed({ io, json, messages, out }: Context, what: string): Promise<boolean> {
  const [answer = ""] = await ask(io, [`Delete ${what} for good? [y/N] `], false);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  await (json ? out.json({ deleted: [] }) : messages.info("Nothing deleted"));
  return false;
}

export default remove;
