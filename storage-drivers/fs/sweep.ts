/** Removes what processes left when they were killed. */
import { uptime } from "node:os";
import type { Files } from "./files.ts";
import { releaseDead } from "./lock.ts";

// Far longer than any write takes; nothing depends on it, a file that is swept too early fails its write.
const LEFTOVER_MS = 3_600_000;
const TEMPORARY = /^[0-9a-f]{16}(?:\.\d+)?$/;
const WITHDRAWN = /^[0-9a-f]{16}\.gone$/;
const CHAINED = /^([^.]+)\.[^.]+$/;

/** Removes locks of the dead, what was deleted only half, old temporary files and takeovers that nothing leads to. */
export async function sweep(files: Files): Promise<void> {
  for (const name of await files.list("tmp")) {
    const path = `tmp/${name}`;
    if (WITHDRAWN.test(name)) await sweepWithdrawn(files, path);
    else if (TEMPORARY.test(name) && ageOf(await files.stat(path)) > LEFTOVER_MS) await files.remove(path);
  }
  for (const name of await files.list("locks")) {
    const [, root] = CHAINED.exec(name) ?? [];
    if (root === undefined) await releaseDead(files, name);
    // While a root exists, this may be a link of its chain, however old.
    else if (
      (await files.claimed(`locks/${root}`)) === null &&
      ageOf(await files.claimed(`locks/${name}`)) > LEFTOVER_MS
    ) {
      await files.remove(`locks/${name}`);
    }
  }
}

async function sweepWithdrawn(files: Files, path: string): Promise<void> {
  const stats = await files.stat(path);
  // A value or a lock (a link to nothing) that was moved here is gone already. A directory stops a process that may wake up
  // as long as it runs.
  if (!stats?.isDirectory()) await files.remove(path);
  else if (ageOf(stats) > Math.max(LEFTOVER_MS, uptime() * 1_000)) await files.removeDirectory(path);
}

/** Nothing for what is gone. */
function ageOf(found: { mtimeMs: number } | null): number {
  return found === null ? 0 : Math.abs(Date.now() - found.mtimeMs);
}
