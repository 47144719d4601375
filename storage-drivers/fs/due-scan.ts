/** The reading side of the due queue: pages in order of time, every hint checked, and logs of stale ones removed. */
import type { DueEntry, DuePage } from "../../sdk/storage/port.ts";
import type { DriverError } from "../shared/driver-error.ts";
import { checkPage, compareDue, firstAfter, formatCursor, parseCursor } from "../shared/due-page.ts";
import { stopwatch } from "./clock.ts";
import { type DueLog, SETTLED_MS } from "./due-log.ts";
import type { Files } from "./files.ts";
import { BUCKET_MS, bucketOf, dataPath, decodeKey, encodeKey, parseBucket } from "./names.ts";
import { HEADER_BYTES, parseHeader } from "./record.ts";
import type { Pause } from "./slices.ts";

const LINE = /^(-?\d{1,16}) ([a-z0-9_%-]+)$/;
const CHUNK = 32;
// Marks of so many lines are kept, of 8 bytes each.
const REMEMBERED = 1_000_000;
const REMEMBERED_MS = 60_000;
// Live lines up to a quarter of a log are worth copying to be rid of the log.
const KEEP_RATIO = 0.25;

/** Reads the queue of one directory. */
export interface DueScan {
  /** What may be due at or before `before` and comes after a position, the oldest first; nothing is checked. */
  hints(before: number, after: DueEntry | null): AsyncIterable<Hints>;
  page(before: number, limit: number, cursor: string | null | undefined): Promise<DuePage>;
  /** When each key is due: by its own file, if a log has the line that leads to it. */
  times(keys: readonly string[]): Promise<(number | null)[]>;
}

/** A line: a key that may be due at a time, and its file name. */
export interface Hint extends DueEntry {
  name: string;
}

/** The lines of one bucket. */
export interface Hints {
  lines: Hint[];
  /** Removes logs that have mostly stale lines. To be called when more of `lines` were found stale than live. */
  compact(): Promise<void>;
}

interface Bucket {
  directory: string;
  /** Names and sizes of the logs, by which a change is noticed. */
  signature: string;
  lines: Hint[];
}

/** Opens the queue; live lines of logs that go away are appended to `log`. */
export function openDueScan(files: Files, log: DueLog, pause: Pause): DueScan {
  // The pages of one walk mostly come from the same bucket: it is read and sorted once.
  let cached: Bucket | undefined;

  async function logsOf(directory: string): Promise<string[]> {
    return (await files.list(directory)).filter((file) => file.endsWith(".log")).map((file) => `${directory}/${file}`);
  }

  // The marks of the lines of each bucket: `times` gets keys in the order of a listing, and a bucket is read once for all.
  const remembered = new Map<string, Float64Array>();
  let lineCount = 0;
  let since = stopwatch();
  let queueThen = "";

  /** Drops the marks when they may be wrong: an operator may have removed buckets, or all of them. */
  async function validate(): Promise<void> {
    const stats = await files.stat("due");
    const queueNow = `${stats?.ino} ${stats?.mtimeMs}`;
    if (queueNow === queueThen && since() < REMEMBERED_MS) return;
    remembered.clear();
    lineCount = 0;
    since = stopwatch();
    queueThen = queueNow;
  }

  function remember(directory: string, lines: DueEntry[]): Float64Array {
    const marks = Float64Array.from(lines, markOf).sort();
    lineCount += marks.length - (remembered.get(directory)?.length ?? 0);
    remembered.set(directory, marks);
    for (const [oldest, { length }] of remembered) {
      if (lineCount <= REMEMBERED) break;
      remembered.delete(oldest);
      lineCount -= length;
    }
    return marks;
  }

  /** Which of these entries of one bucket have a line. A line is written before its file, and the files were read already. */
  async function present(bucket: number, entries: DueEntry[]): Promise<boolean[]> {
    const directory = `due/${bucket}`;
    const wanted = entries.map(markOf);
    const known = remembered.get(directory);
    if (known && wanted.every((mark) => has(known, mark))) return wanted.map(() => true);
    const marks = remember(directory, (await load(directory)).lines);
    return wanted.map((mark) => has(marks, mark));
  }

  /** The whole lines of a log. A last one without its end was torn by a crash, and its write never came. */
  async function* linesOf(text: string | null): AsyncGenerator<Hint> {
    for (const line of text?.slice(0, text.lastIndexOf("\n") + 1).split("\n") ?? []) {
      const hint = parseLine(line);
      if (hint) yield hint;
      await pause();
    }
  }

  async function load(directory: string): Promise<Bucket> {
    for (;;) {
      const paths = (await logsOf(directory)).sort();
      const sizes = await Promise.all(paths.map((path) => files.stat(path)));
      const signature = paths.map((path, i) => `${path} ${sizes[i]?.size}`).join("\n");
      if (cached?.directory === directory && cached.signature === signature) return cached;
      const found = new Map<string, Hint>();
      let vanished = false;
      for (const path of paths) {
        const text = await files.read(path);
        // Another process moved its live lines into a log that this listing may not have.
        if (text === null) vanished = true;
        for await (const line of linesOf(text)) found.set(formatCursor(line), line);
      }
      if (vanished) continue;
      const lines = Array.from(found.values()).sort(compareDue);
      cached = { directory, signature, lines };
      return cached;
    }
  }

  /** Whether the key is still due at that time. A damaged file counts: reading it says what is wrong. */
  function isLive({ due, name }: Hint): boolean {
    const actual = headerOf(name);
    return actual === "damaged" || actual === due;
  }

  async function liveOf(lines: Hint[]): Promise<Hint[]> {
    const live: Hint[] = [];
    for (const line of lines) {
      if (isLive(line)) live.push(line);
      await pause();
    }
    return live;
  }

  /** When a key is due by its own file; `null` when it is not, or when there is no file. */
  function headerOf(name: string): number | null | "damaged" {
    try {
      const text = files.head(dataPath(name), HEADER_BYTES);
      if (text === null) return null;
      const due = parseHeader(text);
      return due === undefined ? "damaged" : due;
    } catch (error) {
      if ((error as DriverError).code === "corrupt") return "damaged";
      throw error;
    }
  }

  function dueOfFile(key: string): number | null {
    const due = headerOf(encodeKey(key));
    return due === "damaged" ? null : due;
  }

  async function compact(directory: string): Promise<void> {
    for (const path of await logsOf(directory)) {
      const stats = await files.stat(path);
      // Before anything is judged: see the argument in due-log.ts.
      if (stats === null || Date.now() - stats.mtimeMs < SETTLED_MS) continue;
      const lines: Hint[] = [];
      for await (const line of linesOf(await files.read(path))) lines.push(line);
      const live: Hint[] = [];
      for (let i = 0; i < lines.length && live.length <= lines.length * KEEP_RATIO; i += CHUNK) {
        live.push(...(await liveOf(lines.slice(i, i + CHUNK))));
      }
      if (live.length > lines.length * KEEP_RATIO) continue;
      await Promise.all(live.map(({ due, name }) => log.append(due, name, false)));
      await files.remove(path);
    }
    await files.removeDirectory(directory);
  }

  async function* hints(before: number, after: DueEntry | null): AsyncGenerator<Hints> {
    const buckets = (await files.list("due"))
      .map(parseBucket)
      .filter((bucket): bucket is number => bucket !== null)
      .filter((bucket) => bucket <= bucketOf(before) && (after === null || bucket >= bucketOf(after.due)))
      .sort((a, b) => a - b);
    for (const bucket of buckets) {
      const directory = `due/${bucket}`;
      const compacting = () => compact(directory).catch(unlessUnwritable);
      const { lines } = await load(directory);
      if (lines.length === 0) await compacting();
      const begin = after === null ? 0 : firstAfter(lines, after);
      const end = lines.findLastIndex(({ due }) => due <= before) + 1;
      yield { lines: lines.slice(begin, end), compact: compacting };
    }
  }

  return {
    hints,

    async page(before, limit, cursor) {
      checkPage(before, limit);
      const entries: DueEntry[] = [];
      for await (const { lines, compact } of hints(before, parseCursor(cursor))) {
        let stale = 0;
        let live = 0;
        // One more than asked for tells whether there is another page.
        for (let at = 0; at < lines.length && entries.length <= limit; at += CHUNK) {
          const chunk = lines.slice(at, at + CHUNK);
          const good = await liveOf(chunk);
          stale += chunk.length - good.length;
          live += good.length;
          entries.push(...good);
        }
        if (stale > live) await compact();
        if (entries.length > limit) break;
      }
      const page = entries.slice(0, limit).map(({ due, key }) => ({ due, key }));
      const last = page.at(-1);
      return { entries: page, cursor: last && entries.length > limit ? formatCursor(last) : null };
    },

    async times(keys) {
      await validate();
      const times: (number | null)[] = [];
      for (const key of keys) {
        times.push(dueOfFile(key));
        await pause();
      }
      const places = new Map<number, number[]>();
      for (const [place, due] of times.entries()) {
        if (due === null) continue;
        const list = places.get(bucketOf(due));
        if (list) list.push(place);
        else places.set(bucketOf(due), [place]);
      }
      await Promise.all(
        Array.from(places, async ([bucket, list]) => {
          const entries = list.map((place) => ({ due: times[place] as number, key: keys[place] as string }));
          for (const [index, isThere] of (await present(bucket, entries)).entries()) {
            if (!isThere) times[list[index] as number] = null;
          }
        }),
      );
      return times;
    },
  };
}

/** A log that cannot be copied or removed, on a full disk or a read-only one, stays: reading it costs more, no line is lost. */
function unlessUnwritable(error: unknown): void {
  const { code } = error as DriverError;
  if (code !== "full" && code !== "denied") throw error;
}

/** `null` for anything else. */
function parseLine(line: string): Hint | null {
  const [, time, name = ""] = LINE.exec(line) ?? [];
  const due = Number(time);
  const key = decodeKey(name);
  return key !== null && Number.isSafeInteger(due) ? { due, key, name } : null;
}

/** A line of a bucket as one number: 32 bits for a hash of its key, 20 for its time within the bucket. */
function markOf({ due, key }: DueEntry): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) * 2 ** 20 + (due - bucketOf(due) * BUCKET_MS);
}

/** Whether a sorted list holds a number, by halving. */
function has(sorted: Float64Array, wanted: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}
