/** Which storage and collections a command worked on, because a misspelt name looks like an empty one. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Anon } from "../../sdk/contract/anon.ts";
import { printable, quote } from "./errors.ts";
import type { Io } from "./io.ts";
import { notice } from "./notice.ts";

/** A storage, and the collections that are configured: `null` when any name is one. */
export interface Place {
  storage: string;
  collections: readonly string[] | null;
}

/** The part of a place that a command works on. */
export function partOf({ storage, collections }: Place, collection: string | undefined): Place {
  return { storage, collections: collection === undefined ? collections : [collection] };
}

/** Says on stderr where a command worked. */
export async function sayPlace(io: Io, { storage, collections }: Place): Promise<void> {
  const which = collections === null ? "all collections" : `collection ${collections.join(", ")}`;
  await notice(io, `Worked on ${which} of ${printable(storage)}`);
}

/** Says that a collection has no account at all. */
export async function sayEmpty(io: Io, { storage }: Place, collection: string): Promise<void> {
  await notice(io, `There is no account in collection ${quote(collection)} of ${printable(storage)}: check the name`);
}

// To find no account of a collection, Redis looks at every key.
const PATIENCE_MS = 2_000;

/** Whether a collection of a name that is not configured has no account. `false` also when a short look does not tell. */
export async function looksEmpty(anon: Anon, place: Place, collection: string): Promise<boolean> {
  if (place.collections !== null) return false;
  const looks = [false, true].map(async (quarantined) => {
    for await (const _one of anon.admin.list({ collection, quarantined, limit: 1 })) return false;
    return true;
  });
  // what cannot be read is an account, too
  const areEmpty = Promise.all(looks).then(
    (each) => !each.includes(false),
    () => false,
  );
  return await Promise.race([areEmpty, sleep(PATIENCE_MS, false, { ref: false })]);
}
