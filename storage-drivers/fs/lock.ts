/** A lock per key between processes, which survives the death of any of them. */
import { DriverError } from "../shared/driver-error.ts";
import { type Stopwatch, stopwatch } from "./clock.ts";
import type { Files } from "./files.ts";
import { isDead, newOwner, parseOwner, STALE_MS } from "./owner.ts";

/** A lock that is held. */
export interface Lock {
  /** Throws when it was held so long that others may soon think its owner dead. Call it right before a change. */
  check(): void;
  release(): Promise<void>;
}

interface Seen {
  token: string;
  pid: number | null;
  dead: boolean;
}

/** `givenUp` tells whether one of the dead was an owner of this process that gave the lock up. */
type Attempt = { held: string[] } | { blocker: number | null; givenUp: boolean } | "again";

/*
 * Why two never hold the lock of a key at once.
 *
 * The root file `locks/<name>` is created by link(), which succeeds for one only and shows the owner's identity from
 * the first moment. Every acquisition has a token that never occurs again. Whoever finds the root's owner T0 dead does
 * not remove the root (it could by then be somebody else's) but creates `locks/<name>.T0`, exclusively again; if that
 * exists and its owner T1 is dead too, `locks/<name>.T1`, and so on. After its link a contender reads the root again
 * and holds the lock only if it still says T0; otherwise it removes its own file and starts anew.
 *
 * 1. A release removes the root first and the files of the chain after it, and only while nobody can think its owner
 *    dead. So while the root says T0, no file of T0's chain has been removed by a holder; and once it no longer does, it
 *    never will again. Whoever has held for too long counts as dead to its own process from then on, takes the lock over
 *    like any other contender, and releases that. It tries until nothing leads over it any more: a successor may die.
 * 2. Suppose A holds by `<name>.X` and saw the root say T0 after its link. It had read the whole chain from T0 to X
 *    and found every owner dead. By 1 that chain was complete all the time, so nobody but the dead and A is in it,
 *    and another contender can only come after A, by finding A dead.
 * 3. A contender that was slow, and creates `<name>.T0` after T0's successor released, finds another root or none, and
 *    undoes. Its file cannot confuse anybody: nothing leads to T0 any more.
 *
 * "Dead" is certain where the process table can be asked. Elsewhere (another container, a garbled file) it means an
 * age of STALE_MS, and a holder changes nothing after a third of that. What remains is a process that is stopped for the
 * other two thirds exactly between looking at the clock and the system call after it.
 */

const YOUNG_MS = STALE_MS / 3;

/**
 * The tokens of this process's acquisitions that count as dead to it: held for too long, or whose files could not be
 * removed. They stay here, being few: nobody else ever has one of them.
 */
const givenUp = new Set<string>();

/** Where somebody is at it already, and how many gave up there since. */
const releasing = new Map<string, number>();

const LATE_PAUSE_MS = 250;

/**
 * Acquires the lock of the key with this file name.
 *
 * @param timeout Milliseconds until it gives up, after a last attempt
 * @param waited How long the caller has been waiting already
 */
export async function acquire(
  files: Files,
  name: string,
  timeout: number,
  waited: Stopwatch = stopwatch(),
): Promise<Lock> {
  const owner = await newOwner();
  // Others judge the holder by the age of its file: what it knows itself must not be less, nor include the waiting.
  let elapsed = stopwatch();
  const identity = await files.temporary(JSON.stringify(owner), false);
  try {
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      const attempt = await tryAcquire(files, name, identity).catch(async (error: unknown) => {
        // it may have got as far as its link
        await giveUp(files, name, owner.token);
        throw error;
      });
      if (attempt === "again") continue;
      if ("held" in attempt) return hold(files, name, owner.token, attempt.held, elapsed);
      if (waited() >= timeout) throw timedOut(name, attempt.blocker, timeout);
      // Half of it at random: contenders that met once should not meet again.
      await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random() / 2)));
      elapsed = stopwatch();
      await files.touch(identity);
    }
  } finally {
    await files.discard(identity);
  }
}

async function tryAcquire(files: Files, name: string, identity: string): Promise<Attempt> {
  const root = `locks/${name}`;
  if (await files.link(identity, root)) return { held: [root] };
  const first = await examine(files, root);
  if (first === null) return "again";
  const chain = [root];
  let passed = false;
  for (let seen = first; ; ) {
    if (givenUp.has(seen.token)) passed = true;
    else if (!seen.dead) return { blocker: seen.pid, givenUp: passed };
    const next = `${root}.${seen.token}`;
    if (await files.link(identity, next)) {
      if ((await examine(files, root))?.token === first.token) return { held: [...chain, next] };
      await files.remove(next);
      return "again";
    }
    const successor = await examine(files, next);
    if (successor === null) return "again";
    chain.push(next);
    seen = successor;
  }
}

async function examine(files: Files, path: string): Promise<Seen | null> {
  const [text, stats] = [await files.read(path), await files.stat(path)];
  if (text === null || stats === null) return null;
  const owner = parseOwner(text);
  // A garbled file has no token; its inode and time tell it from the next file of this name.
  const token = owner?.token ?? `g${stats.ino.toString(36)}-${Math.floor(stats.mtimeMs).toString(36)}`;
  return { token, pid: owner?.pid ?? null, dead: await isDead(owner, stats.mtimeMs) };
}

function hold(files: Files, name: string, token: string, held: string[], elapsed: Stopwatch): Lock {
  return {
    check() {
      if (elapsed() <= YOUNG_MS) return;
      throw new DriverError(
        "unavailable",
        `Cannot finish the write: locks/${name} was held for ${Math.round(elapsed() / 1000)} s, try again`,
      );
    },
    async release() {
      if (elapsed() > YOUNG_MS) return giveUp(files, name, token);
      try {
        // In this order, the root first: see 1.
        for (const path of held) await files.remove(path);
      } catch {
        // The write is done, and the caller told so; what is left of the lock goes later.
        await giveUp(files, name, token);
      }
    },
  };
}

/**
 * From now on the owner of this token counts as dead in this process. Goes on behind the caller's back when the first
 * attempt does not remove what it left: the disk may be full, or a successor at work.
 */
async function giveUp(files: Files, name: string, token: string): Promise<void> {
  givenUp.add(token);
  const place = `${files.instance} ${name}`;
  if (!releasing.has(place) && (await tryToRelease(files, name))) return;
  const others = releasing.get(place);
  releasing.set(place, (others ?? 0) + 1);
  if (others !== undefined) return;
  void (async () => {
    for (let pause = LATE_PAUSE_MS; ; pause = Math.min(pause * 2, STALE_MS)) {
      // a process that ends is dead to everybody, so this must not keep it
      await new Promise<void>((resume) => setTimeout(resume, pause).unref());
      const known = releasing.get(place);
      // who gave up during the attempt may have left what it did not come upon
      if ((await tryToRelease(files, name)) && releasing.get(place) === known) break;
    }
    releasing.delete(place);
  })();
}

/** Whether nothing leads over an owner that gave up any more. */
async function tryToRelease(files: Files, name: string): Promise<boolean> {
  const owner = await newOwner();
  const elapsed = stopwatch();
  let identity: string | undefined;
  try {
    identity = await files.temporary(JSON.stringify(owner), false);
    for (;;) {
      const attempt = await tryAcquire(files, name, identity);
      if (attempt === "again") continue;
      if (!("held" in attempt)) return !attempt.givenUp;
      await hold(files, name, owner.token, attempt.held, elapsed).release();
      return true;
    }
  } catch {
    // it may have got as far as a link of its own
    givenUp.add(owner.token);
    return false;
  } finally {
    if (identity !== undefined) await files.discard(identity);
  }
}

function timedOut(name: string, pid: number | null, timeout: number): DriverError {
  const by = pid === null ? "by an unknown process" : `by process ${pid}`;
  return new DriverError(
    "locked",
    `Cannot change this key: locks/${name} is held ${by} for more than ${timeout} ms, see whether that process hangs`,
  );
}
