/** Imports of registered accounts from lines that are made while they are read. */
import { readLines } from "../cli/importers/lines.ts";
import { runImport } from "../cli/importers/run.ts";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import { anonOver } from "./accounts.ts";

const PIECE = 300;
const HASH = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

export async function importLines(storage: AtomicDriver, count: number): Promise<number> {
  const { importAccount } = anonOver(storage).admin;
  const source = { name: "lines", isOnce: true, open: () => linesOf(count) };
  const { created } = await runImport(readLines(source), { importAccount, system: "lines" });
  if (created !== count) throw new Error(`the import created ${created} of ${count} accounts`);
  return created;
}

async function* linesOf(count: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < count; start += PIECE) {
    const lines = Array.from({ length: Math.min(PIECE, count - start) }, (_, i) => lineOf(start + i));
    yield new TextEncoder().encode(lines.join(""));
  }
}

function lineOf(index: number): string {
  const id = idOf(index);
  const account = {
    id,
    email: `${id}@example.com`,
    verified: true,
    created: "2021-03-04T05:06:07Z",
    passwordHash: HASH,
  };
  return `${JSON.stringify(account)}\n`;
}

export function idOf(index: number): string {
  return `u${index.toString(36).padStart(14, "0")}`;
}
