/** The rows of a table in a file of JSON or CSV, with those of a second table that belong to them. */
import { AnonError } from "../../sdk/errors.ts";
import { checkOrder, type Joined, joined } from "./join.ts";
import { csvRows } from "./read-csv.ts";
import { elementsAt, jsonLines, type Read } from "./read-json.ts";
import { type Source, withHead } from "./source.ts";

/** Under which names one JSON object has both tables. */
export interface DocumentNames {
  accounts: readonly string[];
  others: readonly string[];
}

/**
 * JSON is an array, one object a line, or one object that begins with an array of one of the names. Anything else is CSV with
 * a header.
 *
 * @param second The file of the second table; not needed if the first one has both, or the rows hold theirs
 * @param owner The property of the second table that names the row of the first
 */
export async function* readRows(
  first: Source,
  second: Source | undefined,
  names: DocumentNames,
  owner: string,
): AsyncGenerator<Joined> {
  const accounts = await formOf(first, names);
  if (second) {
    const others = await formOf(second, names);
    const rows = (): AsyncIterable<Read> => rowsOf(others, others.document?.others);
    if (!second.isOnce) await checkOrder(rows(), owner);
    yield* joined(rowsOf(accounts, accounts.document?.accounts), rows(), owner);
  } else if (accounts.document) {
    if (first.isOnce) {
      throw new AnonError(
        "invalid_options",
        "Cannot read one object with both tables from stdin: it is read twice, so give its file",
      );
    }
    const { document } = accounts;
    await checkOrder(rowsOf(accounts, document.others), owner);
    yield* joined(rowsOf(accounts, document.accounts), rowsOf(accounts, document.others), owner);
  } else {
    for await (const read of rowsOf(accounts)) yield "row" in read ? { ...read, owned: [] } : read;
  }
}

interface Form {
  source: Source;
  head: string;
  /** The names that one object has for both tables; `undefined` if it is another form. */
  document?: { accounts: string; others: string };
}

async function formOf(given: Source, { accounts, others }: DocumentNames): Promise<Form> {
  const { head, source } = await withHead(given);
  const [, first = ""] = /^\{\s*"(\w+)"\s*:\s*\[/.exec(head) ?? [];
  const index = Math.max(accounts.indexOf(first), others.indexOf(first));
  if (index < 0) return { source, head };
  return { source, head, document: { accounts: accounts[index] as string, others: others[index] as string } };
}

function rowsOf({ source, head }: Form, name?: string): AsyncIterable<Read> {
  if (name !== undefined) return elementsAt(source.open(), `$.${name}.*`, source.name);
  if (head.startsWith("[")) return elementsAt(source.open(), "$.*", source.name);
  return (head.startsWith("{") ? jsonLines : csvRows)(source.open(), source.name);
}
