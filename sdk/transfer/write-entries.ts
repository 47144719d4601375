import type { StoredEntry } from "../storage/port.ts";
import { type FailedEntry, type KeyedEntry, reasonOf } from "./entries.ts";
import { type EntryStorage, isOfOneEntry } from "./storage.ts";

/** What became of entries. */
export interface Written {
  /** Stored where there was nothing. */
  copied: number;
  /** Already there, with the same value and due time. */
  present: number;
  /** Another value or due time was there and was replaced. */
  overwritten: number;
  /** Another value or due time is there and stays. */
  differing: number;
  failed: FailedEntry[];
  /** What the storage now has as it was given. */
  stored: KeyedEntry[];
  /** The keys under which the storage now has something. */
  there: string[];
}

type Outcome = "copied" | "present" | "overwritten" | "differing";

export interface WriteOptions {
  /** Replace what differs. */
  overwrite: boolean;
  /** Write nothing, and tell what would become of the entries. */
  dryRun: boolean;
}

/** How many entries are written at the same time: enough for the drivers that send what comes in one tick together. */
const WIDTH = 256;

/** The same for drivers that handle keys by the page. */
const PAGE = 1_000;

/** How many of them are looked for before they are written. */
const PROBES = 16;

/** How often an entry is tried that something else changes at the same time. */
const ATTEMPTS = 5;

/** Stores entries in another storage. What differs there is replaced against what was read, never blindly. */
export async function writeEntries(
  storage: EntryStorage,
  entries: readonly KeyedEntry[],
  options: WriteOptions,
): Promise<Written> {
  const written: Written = { copied: 0, present: 0, overwritten: 0, differing: 0, failed: [], stored: [], there: [] };
  const width = storage.isPaged ? PAGE : WIDTH;
  for (let from = 0; from < entries.length; from += width) {
    let left: readonly KeyedEntry[] = entries.slice(from, from + width);
    if (!options.dryRun && !(await hasSome(storage, left))) left = await createEach(storage, left, written);
    for (let attempt = 0; left.length > 0; attempt++) {
      left = await settleEach(storage, left, options, written, attempt < ATTEMPTS);
    }
  }
  return written;
}

/**
 * Whether a few of the entries are there. Most copies go to an empty storage, of which not everything need be read; to one that
 * has them already, writes that are refused cost as much as others.
 */
async function hasSome(storage: EntryStorage, entries: readonly KeyedEntry[]): Promise<boolean> {
  const step = Math.ceil(entries.length / PROBES);
  const keys = entries.filter((_, at) => at % step === 0).map(({ key }) => key);
  return (await storage.readEntries(keys)).some((entry) => entry !== null);
}

/** Returns those under whose keys something is stored. */
async function createEach(
  storage: EntryStorage,
  entries: readonly KeyedEntry[],
  written: Written,
): Promise<KeyedEntry[]> {
  const created = await Promise.all(entries.map((entry) => swap(storage, entry, null, written)));
  const copied = entries.filter((_, at) => created[at] === true);
  written.copied += copied.length;
  written.stored.push(...copied);
  written.there.push(...copied.map(({ key }) => key));
  return entries.filter((_, at) => created[at] === false);
}

/** Returns those that something else changed meanwhile. */
async function settleEach(
  storage: EntryStorage,
  entries: readonly KeyedEntry[],
  { overwrite, dryRun }: WriteOptions,
  written: Written,
  isRepeated: boolean,
): Promise<KeyedEntry[]> {
  const stored = await storage.readEntries(entries.map(({ key }) => key));
  const settled = await Promise.all(
    entries.map(async (entry, at): Promise<Outcome | boolean | null> => {
      const present = stored[at] ?? null;
      if (present && isSame(present, entry)) return "present";
      if (present && !overwrite) return "differing";
      const become = present ? "overwritten" : "copied";
      if (dryRun) return become;
      const done = await swap(storage, entry, present?.value ?? null, written);
      return done ? become : done;
    }),
  );
  const again: KeyedEntry[] = [];
  for (const [at, outcome] of settled.entries()) {
    const entry = entries[at] as KeyedEntry;
    if (typeof outcome === "string") {
      written[outcome]++;
      if (outcome !== "differing") written.stored.push(entry);
      if (outcome !== "copied" || !dryRun) written.there.push(entry.key);
    } else if (outcome === false && isRepeated) {
      again.push(entry);
    } else if (outcome === false) {
      written.failed.push({ key: entry.key, reason: "something else keeps changing it" });
    }
  }
  return again;
}

/** `null` if the driver cannot store this key or value, which is then among the failed. */
async function swap(
  storage: EntryStorage,
  { key, value, due }: KeyedEntry,
  expected: string | null,
  { failed }: Written,
): Promise<boolean | null> {
  try {
    // guests are due; what is not belongs to registered accounts, and must survive a power loss
    return await storage.swap(key, expected, value, due, { durable: due === null });
  } catch (error) {
    if (!isOfOneEntry(error)) throw error;
    failed.push({ key, reason: reasonOf(error) });
    return null;
  }
}

/** Whether there is something, with the same value and due time. */
export function isSame(stored: StoredEntry | null | undefined, other: StoredEntry): boolean {
  return stored?.value === other.value && stored.due === other.due;
}
