/** Whether other users may use a private file, by the rules of ssh for keys. */
import type { Stats } from "node:fs";

/** Node's file system, given by the caller: some load this file where it is missing. */
export type NodeFs = typeof import("node:fs");

/** What is wrong: `refused` says that it must not be used, otherwise a warning is enough. */
export interface Exposure {
  refused: boolean;
  what: string;
}

/**
 * How a file is exposed; `null` if it is private or absent. As in ssh, a file of this user that others may read is refused: chmod
 * corrects that. Where chmod cannot, a warning is enough: for a file that a container mounts (a link, another user's file, or on a
 * file system that is read-only), and on a file system without permissions, which shows every file as executable.
 */
export function exposureOf(fs: NodeFs, file: string): Exposure | null {
  if (process.platform === "win32") return null;
  const own = orNull(() => fs.lstatSync(file));
  if (own === null) return null;
  const isLink = own.isSymbolicLink();
  const stats = isLink ? orNull(() => fs.statSync(file)) : own;
  if (stats === null) return { refused: true, what: `it is a link to ${fs.readlinkSync(file)}, which is not there` };
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
    const refused = !isLink && isOurs(stats) && (stats.mode & 0o111) === 0 && !isReadOnly(fs, file);
    return { refused, what: `other users of this machine may use it (mode ${mode}), run chmod 600 on it` };
  }
  return isLink ? { refused: false, what: `it is a link to ${fs.readlinkSync(file)}, keep that as private` } : null;
}

function isOurs({ uid }: Stats): boolean {
  try {
    return process.geteuid?.() === uid;
  } catch {
    // Deno without --allow-sys=uid
    return true;
  }
}

/** Whether the file is on a file system that this process cannot write to at all. */
function isReadOnly(fs: NodeFs, file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EROFS";
  }
}

function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
