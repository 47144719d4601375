/** Exports of other systems, made by hand after their documented formats, and what is read of them. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Entry, isRejected, type Rejected } from "../../../cli/importers/entry.ts";
import { fileSource, type Source } from "../../../cli/importers/source.ts";
import type { ImportedAccount } from "../../../sdk/types.ts";

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

export function fixture(name: string): Source {
  return fileSource(fixturePath(name));
}

export function fixtureText(name: string): Promise<string> {
  return readFile(fixturePath(name), "utf8");
}

/** A text as stdin gives it, `size` bytes at a time. */
export function stream(text: string, size = 7): Source {
  return bytesSource(new TextEncoder().encode(text), size);
}

export function bytesSource(bytes: Uint8Array, size = 7): Source {
  return {
    name: "stdin",
    isOnce: true,
    async *open() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    },
  };
}

export interface AllRead {
  accounts: ImportedAccount[];
  /** Which of the accounts have no way to sign in. */
  unreachable: string[];
  /** Which of them have a second factor. */
  withSecondFactor: string[];
  rejected: Rejected[];
}

/** Reads an export to its end. Properties without a value are left out. */
export async function readAll(entries: AsyncIterable<Entry>): Promise<AllRead> {
  const all: AllRead = { accounts: [], unreachable: [], withSecondFactor: [], rejected: [] };
  for await (const entry of entries) {
    if (isRejected(entry)) all.rejected.push(defined(entry));
    else {
      all.accounts.push(defined(entry.account));
      if (entry.hasSecondFactor) all.withSecondFactor.push(entry.account.id);
      if (!entry.isReachable) all.unreachable.push(entry.account.id);
    }
  }
  return all;
}

function defined<T>(value: T): T {
  // times as texts
  return JSON.parse(JSON.stringify(value)) as T;
}
