/** Who holds a lock, and whether that process still lives. */
import { randomBytes } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";

/** A lock whose owner cannot be looked up counts as abandoned at this age, in milliseconds. */
export const STALE_MS = 30_000;

/** What stands in a lock file. `token` is new with every acquisition; the rest tells processes apart. */
export interface Owner {
  token: string;
  pid: number;
  /** When the process started, in ticks since boot: a pid is given to another process later. */
  start: string | null;
  boot: string | null;
  /** The pid namespace: a container's pids mean nothing outside it. */
  space: string | null;
}

interface ProcessState {
  start: string;
  /** It ended, and only waits for its parent to notice. */
  ended: boolean;
}

let self: Promise<Omit<Owner, "token">> | undefined;

/** This process as the owner of a new acquisition. */
export async function newOwner(): Promise<Owner> {
  self ??= identify();
  return { token: randomBytes(8).toString("hex"), ...(await self) };
}

async function identify(): Promise<Omit<Owner, "token">> {
  const [state, boot, space] = await Promise.all([
    processState("self").catch(() => null),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
      (text) => text.trim(),
      () => null,
    ),
    readlink("/proc/self/ns/pid").catch(() => null),
  ]);
  return { pid: process.pid, start: state?.start ?? null, boot, space };
}

/** `null` when there is no such process. */
async function processState(pid: number | "self"): Promise<ProcessState | null> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const { code } = error as { code?: string };
    // ESRCH: it ended between the opening and the reading.
    if (code === "ENOENT" || code === "ESRCH") return null;
    throw error;
  }
  // The second field is the program's name in parentheses and may hold spaces: count from its end.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // The first thread may have ended while another is still inside a system call; then it is not over.
  return { start: fields[19] ?? "", ended: /[ZX]/.test(fields[0] ?? "") && Number(fields[17]) <= 1 };
}

/** Whether the owner of a lock file of this time is gone for certain, or as certain as can be known. */
export async function isDead(owner: Owner | null, modifiedMs: number): Promise<boolean> {
  // A clock that was put back leaves files dated tomorrow.
  const isStale = Math.abs(Date.now() - modifiedMs) > STALE_MS;
  if (owner === null) return isStale;
  self ??= identify();
  const me = await self;
  if (owner.boot !== null && me.boot !== null && owner.boot !== me.boot) return true;
  const comparable = owner.boot !== null && owner.space !== null && owner.space === me.space && owner.start !== null;
  if (!comparable || me.boot === null || me.start === null) return isStale;
  try {
    const state = await processState(owner.pid);
    return state === null || state.ended || state.start !== owner.start;
  } catch {
    return isStale;
  }
}

/** Reads a lock file; `null` when it is empty or garbled, as a power loss may leave it. */
export function parseOwner(text: string): Owner | null {
  try {
    const { token, pid, start, boot, space } = JSON.parse(text) as Record<string, unknown>;
    if (typeof token !== "string" || !/^[0-9a-f]{16}$/.test(token) || !Number.isSafeInteger(pid)) return null;
    const text_ = (value: unknown): string | null => (typeof value === "string" ? value : null);
    return { token, pid: pid as number, start: text_(start), boot: text_(boot), space: text_(space) };
  } catch {
    return null;
  }
}
