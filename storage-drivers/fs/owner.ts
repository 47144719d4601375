/** Who holds a lock, and whether that process still lives. */
import { randomBytes } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";

/** A lock whose owner cannot be looked up counts as abandoned at this age, in milliseconds. */
export const STALE_MS = 30_000;

/** What a lock says of its owner. `token` is new with every acquisition; the rest tells processes apart. */
export interface Owner {
  token: string;
  /** It took the lock to delete the value. */
  deletes: boolean;
  pid: number;
  /** When the process started, in ticks since boot: a pid is given to another process later. */
  start: string | null;
  /** The beginning of the boot id. */
  boot: string | null;
  /** The pid namespace: a container's pids mean nothing outside it. */
  space: string | null;
}

type Identity = Omit<Owner, "token" | "deletes">;

/** `presumed` means dead by the age of the lock alone: the process may still wake up. */
export type Life = "alive" | "presumed" | "dead";

interface ProcessState {
  start: string;
  /** It ended, and only waits for its parent to notice. */
  ended: boolean;
}

let self: Promise<Identity> | undefined;

/** This process as the owner of a new acquisition. */
export async function newOwner(deletes: boolean): Promise<Owner> {
  self ??= identify();
  return { token: randomBytes(8).toString("hex"), deletes, ...(await self) };
}

async function identify(): Promise<Identity> {
  const [state, bootId, link] = await Promise.all([
    processState("self").catch(() => null),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => null),
    readlink("/proc/self/ns/pid").catch(() => null),
  ]);
  const [start = null, boot = null, space = null] = [state?.start, bootId?.slice(0, 8), link?.replace(/\D/g, "")];
  return { pid: process.pid, start, boot, space };
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

/** Whether the owner of a lock of this time is gone for certain, or as certain as can be known. */
export async function lifeOf(owner: Owner | null, modifiedMs: number): Promise<Life> {
  // A clock that was put back leaves locks dated tomorrow.
  const byAge = Math.abs(Date.now() - modifiedMs) > STALE_MS ? "presumed" : "alive";
  if (owner === null) return byAge;
  self ??= identify();
  const me = await self;
  // Another boot id proves nothing: systemd-nspawn and LXC give each container one of its own.
  const isSameTable = owner.boot !== null && owner.boot === me.boot && owner.space !== null && owner.space === me.space;
  if (!isSameTable || owner.start === null || me.start === null) return byAge;
  try {
    const state = await processState(owner.pid);
    if (state === null) return isHidden(owner.pid) ? byAge : "dead";
    return state.ended || state.start !== owner.start ? "dead" : "alive";
  } catch {
    return byAge;
  }
}

/** Whether there is a process that is not shown: a table may show those of one user alone (`hidepid`, `ProtectProc`). */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

const OWNER = /^([0-9a-f]{16})(d?)\.(\d+)\.(\d+|-)\.([0-9a-f]{8}|-)\.(\d+|-)$/;

/** Short enough (under 60 bytes) that a link to it is stored in its inode: it needs no block of a full disk. */
export function formatOwner({ token, deletes, pid, start, boot, space }: Owner): string {
  return `${token}${deletes ? "d" : ""}.${pid}.${start ?? "-"}.${boot ?? "-"}.${space ?? "-"}`;
}

/** Reads what a lock says; `null` when it is empty or garbled, as a power loss may leave it. */
export function parseOwner(text: string): Owner | null {
  const [, token, deletes, pid, start, boot, space] = OWNER.exec(text) ?? [];
  if (token === undefined) return null;
  const known = (part: string | undefined): string | null => (part === undefined || part === "-" ? null : part);
  return {
    token,
    deletes: deletes === "d",
    pid: Number(pid),
    start: known(start),
    boot: known(boot),
    space: known(space),
  };
}
