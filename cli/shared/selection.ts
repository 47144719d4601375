/** The accounts that a command works on: one, those named on stdin, or those that match a filter. */
import { isAccountId, isOwnId } from "../../sdk/account/id.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { AccountFilter, AccountRef } from "../../sdk/contract/records.ts";
import type { Arg, Context, Values } from "./command.ts";
import { quote, UsageError } from "./errors.ts";
import { FILTER_ARGS, filterOf } from "./filter.ts";
import { linesOf } from "./lines.ts";

/** Which accounts. */
export type Selection = { is: "one"; account: string } | { is: "stdin" } | { is: "filter"; filter: AccountFilter };

/** An account to work on, or a line that names none. */
export type Selected = { ref: AccountRef } | { line: number; fault: string };

type OptionalArg = Arg & { type: "positional"; optional: true };

const FROM_STDIN = "- reads ids from stdin, one per line, or records as anon list --json prints them";

export const SELECTION_ARGS: typeof FILTER_ARGS & { account: OptionalArg } = {
  account: {
    type: "positional",
    optional: true,
    valueHint: "id | -",
    description: `The account's id; ${FROM_STDIN}`,
  },
  ...FILTER_ARGS,
};

/** For commands that also find an account by its email or username. */
export const ANY_NAME: OptionalArg = {
  type: "positional",
  optional: true,
  valueHint: "id | email | username | -",
  description: `The account, by its id, its email or its username; ${FROM_STDIN}`,
};

type SelectionValues = Values<typeof SELECTION_ARGS>;

/** Whether an account or a filter was given. */
export function isSelecting(values: SelectionValues): boolean {
  return values.account !== undefined || givenFlag(values) !== undefined;
}

function givenFlag(values: SelectionValues): string | undefined {
  return Object.keys(FILTER_ARGS).find((name) => values[name as keyof typeof FILTER_ARGS]);
}

/** @param where The command, for the message of a refusal */
export function selectionOf(values: SelectionValues, where: string): Selection {
  const { account } = values;
  const filter = filterOf(values);
  const flag = givenFlag(values);
  // also if it is empty: a variable of a shell script that is not set must not select what the filter matches
  if (account !== undefined && flag !== undefined) {
    throw new UsageError(`Cannot use --${flag} together with ${quote(account)}: give accounts or a filter`);
  }
  if (flag !== undefined) return { is: "filter", filter };
  if (account) return account === "-" ? { is: "stdin" } : { is: "one", account };
  throw new UsageError(
    `Cannot run ${where} without accounts: give an id, - for ids on stdin, or a filter such as --inactive-for 30d`,
  );
}

/** The accounts of a selection, as they are found, until the signal is aborted. */
export async function* accountsOf(
  selection: Selection,
  anon: Anon,
  collection: string | undefined,
  { io }: Context,
  signal: AbortSignal,
): AsyncGenerator<Selected> {
  if (selection.is === "one") yield { ref: { collection, id: selection.account } };
  else if (selection.is === "stdin") {
    for await (const { number, text, isEnded } of linesOf(io.stdin, signal)) {
      const read =
        text === null ? "it is not UTF-8 text, or longer than 4 MB" : refOf(text.trim(), isEnded, collection);
      if (read !== null) yield typeof read === "string" ? { line: number, fault: read } : { ref: read };
    }
  } else {
    for await (const { id } of anon.admin.list({ ...selection.filter, collection })) {
      if (signal.aborted) return;
      yield { ref: { collection, id } };
    }
  }
}

/** What a line names, `null` for a blank one, and otherwise what is wrong with it. */
function refOf(text: string, isEnded: boolean, collection: string | undefined): AccountRef | string | null {
  if (text === "") return null;
  if (!text.startsWith("{")) {
    if (!isAccountId(text)) return `${quote(text)} is not an id`;
    // imported ids have any length: what is left of one may be that of another account
    if (!isEnded && !isOwnId(text)) return `${quote(text)} may be cut off, because it has no line end: add one`;
    return { collection, id: text };
  }
  let record: { id?: unknown; collectionName?: unknown };
  try {
    record = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const { id, collectionName = collection } = record;
  if (!isAccountId(id)) return "it has no id";
  if (collectionName !== undefined && typeof collectionName !== "string") return "its collectionName is not a name";
  if (collection !== undefined && collectionName !== collection) {
    return `its account is in collection ${quote(String(collectionName))}, and not in that of --collection`;
  }
  return { collection: collectionName, id };
}
