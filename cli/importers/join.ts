/** Accounts with their identities, from two lists, in bounded memory: both must be in the order of the account's id. */
import { AnonError } from "../../sdk/errors.ts";
import type { Read } from "./read-json.ts";
import { type Row, textOf } from "./values.ts";

/** A record with the rows of the second list that belong to it. */
export type Joined = { at: Extract<Read, { row: Row }>["at"]; row: Row; owned: Row[] } | Exclude<Read, { row: Row }>;

/**
 * @param owner The property of the second list that names the account
 * @throws {AnonError} `invalid_data` if a list is in another order
 */
export async function* joined(
  accounts: AsyncIterable<Read>,
  rows: AsyncIterable<Read>,
  owner: string,
): AsyncGenerator<Joined> {
  const others = ordered(rows, owner)[Symbol.asyncIterator]();
  let next = await others.next();
  try {
    for await (const read of ordered(accounts, "id")) {
      if (!("row" in read)) {
        yield read;
        continue;
      }
      const id = textOf(read.row.id) ?? "";
      const owned: Row[] = [];
      while (!next.done) {
        const one = next.value;
        if ("row" in one) {
          const of = textOf(one.row[owner]) ?? "";
          if (of > id) break;
          // those of no account are left out
          if (of === id) owned.push(one.row);
        } else {
          yield one;
        }
        next = await others.next();
      }
      yield { ...read, owned };
    }
  } finally {
    await others.return?.(undefined);
  }
}

/**
 * Reads a second list to its end. While it is joined its order would be found wrong only after accounts had been taken for ones
 * that own nothing.
 *
 * @throws {AnonError} `invalid_data`
 */
export async function checkOrder(rows: AsyncIterable<Read>, owner: string): Promise<void> {
  for await (const _ of ordered(rows, owner));
}

async function* ordered(list: AsyncIterable<Read>, property: string): AsyncGenerator<Read> {
  let last = "";
  for await (const read of list) {
    if ("row" in read) {
      const value = textOf(read.row[property]) ?? "";
      if (value < last) {
        throw new AnonError(
          "invalid_data",
          `Cannot join accounts and identities: they must be in the order of the accounts' ids, export them with "order by ${property}" (text in the collation "C")`,
        );
      }
      last = value;
    }
    yield read;
  }
}
