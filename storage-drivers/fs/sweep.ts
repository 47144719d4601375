/** Clearing away what processes left behind when they were killed. */
import type { Files } from "./files.ts";

// Far longer than any write takes; nothing depends on it, a file that is swept too early fails its write.
const LEFTOVER_MS = 3_600_000;
const TEMPORARY = /^[0-9a-f]{16}\.\d+$/;
const CHAINED = /^([^.]+)\.([^.]+)$/;

/** Removes old temporary files, and takeovers of locks that nothing leads to any more. */
export async function sweep(files: Files): Promise<void> {
  for (const name of await files.list("tmp")) {
    if (TEMPORARY.test(name) && (await isOld(files, `tmp/${name}`))) await files.remove(`tmp/${name}`);
  }
  for (const name of await files.list("locks")) {
    const [, key, token] = CHAINED.exec(name) ?? [];
    if (key === undefined || token === undefined || !(await isOld(files, `locks/${name}`))) continue;
    // While a root exists, the file may be a link of its chain, however old.
    const root = await files.read(`locks/${key}`);
    if (root === null) await files.remove(`locks/${name}`);
  }
}

async function isOld(files: Files, path: string): Promise<boolean> {
  const stats = await files.stat(path);
  return stats !== null && Math.abs(Date.now() - stats.mtimeMs) > LEFTOVER_MS;
}
