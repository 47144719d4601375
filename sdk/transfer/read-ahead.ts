import { keyPages, readEntries } from "./entries.ts";
import type { EntryStorage } from "./storage.ts";

type Page = Awaited<ReturnType<typeof readEntries>>;

/** Lists and reads the next page while the caller writes the one before. */
export async function* readAhead(
  source: EntryStorage,
  collection: string | undefined,
  signal: AbortSignal | undefined,
  size?: number,
): AsyncGenerator<Page> {
  const pages = entryPages(source, collection, size);
  let next = pages.next();
  try {
    while (!signal?.aborted) {
      const { value, done } = await next;
      if (done) return;
      next = pages.next();
      // it is awaited later, and until then its rejection is nothing to end the process for
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await pages.return(undefined);
  }
}

async function* entryPages(
  source: EntryStorage,
  collection: string | undefined,
  size: number | undefined,
): AsyncGenerator<Page, undefined> {
  for await (const keys of keyPages(source, collection, size)) yield readEntries(source, keys);
}
