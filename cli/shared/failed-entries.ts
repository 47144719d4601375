import type { FailedEntry } from "../../sdk/transfer/index.ts";
import { printable } from "./errors.ts";
import type { Messages } from "./messages.ts";

/** So many are named; a report counts all. */
const NAMED = 10;

/** Collects the entries that a command cannot `verb`, and names the first of them. */
export function failedEntries(verb: string): { add(one: FailedEntry): void; say(messages: Messages): Promise<void> } {
  const named: FailedEntry[] = [];
  return {
    add(one) {
      if (named.length < NAMED) named.push(one);
    },
    async say(messages) {
      for (const { key, reason } of named) {
        await messages.error(`Cannot ${verb} ${printable(key)}: ${printable(reason)}`);
      }
    },
  };
}
