/** Every name in a directory, beside writers too. */
import type { Files } from "./files.ts";

// A file system may give changes the time of its last tick, 10 ms apart at most.
const TICK_MS = 20;
const PASSES = 16;

/**
 * On btrfs a rename over a name moves its entry to the end, after all that a directory shows that was opened earlier: one pass
 * may miss names that were there all the time. So a pass counts only if the directory did not change from a while before
 * it until after it; otherwise another is made, and what any of them found is listed. A name is then missed only if it is
 * written during each of the passes, before they come to it.
 */
export async function allNames(files: Files, path: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (let pass = 1; ; pass++) {
    const started = Date.now();
    const before = await files.stat(path);
    for (const name of await files.list(path)) names.add(name);
    const after = await files.stat(path);
    if (before === null || before.mtimeMs === after?.mtimeMs) {
      if (before === null || Math.abs(started - before.mtimeMs) > TICK_MS) return names;
    }
    if (pass === PASSES) return names;
    await new Promise((resume) => setTimeout(resume, TICK_MS));
  }
}
