/** A lock per key between processes, which survives the death of any of them. */
import { DriverError } from "../shared/driver-error.ts";
import { type Stopwatch, stopwatch } from "./clock.ts";
import type { Files } from "./files.ts";
import { lockPath, withdrawnPath, writePath } from "./names.ts";
import { formatOwner, lifeOf, newOwner, type Owner, parseOwner, STALE_MS } from "./owner.ts";

/** A lock that is held. */
export interface Lock {
  /** Under which names a change is prepared: see 4 below. */
  readonly token: string;
  /** Throws when it was held so long that others may soon think its owner dead. Call it right before a change. */
  check(): void;
  release(): Promise<void>;
}

interface Seen {
  token: string;
  owner: Owner | null;
  dead: boolean;
  /** It is dead by the age of its lock alone. */
  presumed: boolean;
}

/** `givenUp` tells whether one of the dead was an owner of this process that gave the lock up. */
type Attempt = { held: string[] } | { blocker: number | null; givenUp: boolean } | "again";

/*
 * Why two never hold the lock of a key at once.
 *
 * The root `locks/<name>` is created as a symbolic link to the owner's identity, which succeeds for one only and shows
 * that identity from the first moment. Every acquisition has a token that never occurs again. A contender that finds the
 * root's owner T0 dead does not remove the root (it could be another owner's by then) but creates `locks/<name>.T0`, exclusively again; if that
 * exists and its owner T1 is dead too, `locks/<name>.T1`, and so on. After that a contender reads the root again
 * and holds the lock only if it still says T0; otherwise it removes its own file and starts anew.
 *
 * 1. A release removes the root first and the files of the chain after it, and only while no contender can take its owner
 *    for dead: by 4 also when it stands still in between. So while the root says T0, no file of T0's chain has been removed by
 *    a holder; and once it says something else, it never says T0 again. A holder that held for too long counts as dead
 *    to its own process from then on. The process takes the lock over like any other contender, and releases that. It tries
 *    again until no chain leads over its token: a successor may die.
 * 2. Suppose A holds by `<name>.X` and saw the root say T0 after its link. It had read the whole chain from T0 to X
 *    and found every owner dead. By 1 that chain was complete all the time, so only the dead and A are in it,
 *    and another contender can only come after A, by finding A dead.
 * 3. A contender that was slow, and creates `<name>.T0` after T0's successor released, finds another root or none, and
 *    undoes. Its file confuses no contender: nothing leads to T0 any more.
 *
 * "Dead" is certain where the process table can be asked. Elsewhere (another container, a garbled file) it means an
 * age of STALE_MS, and a holder changes nothing after a third of that: `check` refuses.
 *
 * 4. A holder may be stopped exactly between `check` and the system call that makes its change, or that removes its root,
 * and wake up after it was presumed dead. So every such call needs a name under `tmp` that holds the holder's token: a
 * write renames `<token>` over the value, a deletion renames the value to `<token>.gone`, and a release the root. A contender
 * that takes over from a holder that is presumed dead removes the former and makes a directory of the latter, before it reads the root
 * again and the value. A rename that comes after that fails; one that came before is seen by the new holder. A name that
 * did not exist yet at that moment does no harm either: it is made before `check`, which refuses by then.
 */

/** A holder changes nothing when it has held a lock for longer. */
export const YOUNG_MS: number = STALE_MS / 3;

/**
 * The tokens of this process's acquisitions that count as dead to it: held for too long, or whose files could not be
 * removed. They stay here, because they are few and no other acquisition ever has one of them.
 */
const givenUp = new Set<string>();

/** The locks that a background release works on already, and how many calls gave up on each since. */
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
  { deletes = false, waited = stopwatch() }: { deletes?: boolean; waited?: Stopwatch } = {},
): Promise<Lock> {
  const owner = await newOwner(deletes);
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    // Others judge the holder by the age of its lock: its own measure must not be less, nor include the waiting.
    const elapsed = stopwatch();
    const attempt = await tryAcquire(files, name, owner).catch(async (error: unknown) => {
      // it may have got as far as its link
      await giveUp(files, name, owner.token);
      throw error;
    });
    if (attempt === "again") continue;
    if ("held" in attempt) return hold(files, name, owner.token, attempt.held, elapsed);
    if (waited() >= timeout) throw timedOut(name, attempt.blocker, timeout);
    // Half of it at random: contenders that met once should not meet again.
    await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random() / 2)));
  }
}

async function tryAcquire(files: Files, name: string, owner: Owner): Promise<Attempt> {
  const root = lockPath(name);
  const text = formatOwner(owner);
  if (await files.claim(root, text)) return { held: [root] };
  const first = await examine(files, root);
  if (first === null) return "again";
  const chain = [root];
  const presumed: Owner[] = [];
  let passed = false;
  for (let seen = first; ; ) {
    if (givenUp.has(seen.token)) passed = true;
    else if (!seen.dead) return { blocker: seen.owner?.pid ?? null, givenUp: passed };
    else if (seen.presumed && seen.owner) presumed.push(seen.owner);
    const next = `${root}.${seen.token}`;
    if (await files.claim(next, text)) {
      // before the root is read again: after this none of them releases it
      for (const one of presumed) await disarm(files, one);
      if ((await examine(files, root))?.token !== first.token) {
        await files.remove(next);
        return "again";
      }
      return { held: [...chain, next] };
    }
    const successor = await examine(files, next);
    if (successor === null) return "again";
    chain.push(next);
    seen = successor;
  }
}

/** Makes what an owner may be about to change fail: see 4. */
async function disarm(files: Files, { token, deletes }: Owner): Promise<void> {
  if (!deletes) await files.remove(writePath(token));
  await files.block(withdrawnPath(token));
}

async function examine(files: Files, path: string): Promise<Seen | null> {
  const claimed = await files.claimed(path);
  if (claimed === null) return null;
  const owner = parseOwner(claimed.text);
  // A garbled one has no token; its inode and time tell it from the next of this name.
  const token = owner?.token ?? `g${claimed.ino.toString(36)}-${Math.floor(claimed.mtimeMs).toString(36)}`;
  const life = await lifeOf(owner, claimed.mtimeMs);
  return { token, owner, dead: life !== "alive", presumed: life === "presumed" };
}

function hold(files: Files, name: string, token: string, held: string[], elapsed: Stopwatch): Lock {
  return {
    token,
    check() {
      if (elapsed() <= YOUNG_MS) return;
      throw new DriverError(
        "unavailable",
        `Cannot finish the write: locks/${name} was held for ${Math.round(elapsed() / 1000)} s, try again`,
      );
    },
    async release() {
      try {
        if (elapsed() > YOUNG_MS) return await giveUp(files, name, token);
        // In this order, the root first: see 1.
        const [root = "", ...chain] = held;
        await files.withdraw(root, withdrawnPath(token));
        for (const path of chain) await files.remove(path);
      } catch {
        // The write is done and its call succeeds; what is left of the lock is removed later.
        await giveUp(files, name, token);
      } finally {
        // the root, or a value that was deleted
        await files.discard(withdrawnPath(token));
      }
    },
  };
}

/**
 * From now on the owner of this token counts as dead in this process. Continues in the background when the first
 * attempt does not remove what it left: the disk may be full, or a successor at work.
 */
export async function giveUp(files: Files, name: string, token: string): Promise<void> {
  givenUp.add(token);
  await releaseDead(files, name);
}

/** Releases a lock of the dead, later when that fails now: what the attempt made names an owner that lives. */
export async function releaseDead(files: Files, name: string): Promise<void> {
  const place = `${files.instance} ${name}`;
  if (!releasing.has(place) && (await tryToRelease(files, name))) return;
  const others = releasing.get(place);
  releasing.set(place, (others ?? 0) + 1);
  if (others !== undefined) return;
  void (async () => {
    for (let pause = LATE_PAUSE_MS; ; pause = Math.min(pause * 2, STALE_MS)) {
      // to every other process a process that ended is dead, so this timer must not keep it running
      await new Promise<void>((resume) => setTimeout(resume, pause).unref());
      const known = releasing.get(place);
      // a call that gave up during the attempt may have left files that the attempt did not reach
      if ((await tryToRelease(files, name)) && releasing.get(place) === known) break;
    }
    releasing.delete(place);
  })();
}

/** Whether nothing leads over an owner that gave up any more. */
async function tryToRelease(files: Files, name: string): Promise<boolean> {
  const owner = await newOwner(false);
  const elapsed = stopwatch();
  try {
    for (;;) {
      const attempt = await tryAcquire(files, name, owner);
      if (attempt === "again") continue;
      if (!("held" in attempt)) return !attempt.givenUp;
      await hold(files, name, owner.token, attempt.held, elapsed).release();
      return true;
    }
  } catch {
    // it may have got as far as a link of its own
    givenUp.add(owner.token);
    return false;
  }
}

function timedOut(name: string, pid: number | null, timeout: number): DriverError {
  const by = pid === null ? "by an unknown process" : `by process ${pid}`;
  return new DriverError(
    "locked",
    `Cannot change this key: locks/${name} is held ${by} for more than ${timeout} ms, see whether that process hangs`,
  );
}
