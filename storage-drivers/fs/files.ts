/** The file system below one base directory: bounded parallelism, errors that say what to do. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, type Stats, statfsSync, statSync } from "node:fs";
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { DriverError, type DriverErrorCode } from "../shared/driver-error.ts";

// Each operation holds at most one file descriptor; the usual limit of a process is 1,024.
const PARALLEL = 64;
const DIRECTORY_ATTEMPTS = 32;
const ADVICE: Record<string, [DriverErrorCode, string]> = {
  ENOSPC: ["full", "no space is left on the device, free some or move the base"],
  EDQUOT: ["full", "the disk quota is used up, free some space or raise it"],
  EFBIG: ["full", "the file would exceed the size limit of this process, raise it"],
  EACCES: ["denied", "permission denied, give this user read and write access to the base"],
  EPERM: ["denied", "the operation is not permitted, give this user read and write access to the base"],
  EROFS: ["denied", "the file system is read-only, remount it or move the base"],
  EMFILE: ["unavailable", "this process has too many open files, raise its limit"],
  ENFILE: ["unavailable", "the system has too many open files, raise its limit"],
  ENOENT: ["unavailable", "it vanished, do not move or clear the base while it is in use"],
  ENOTDIR: ["unavailable", "a part of the path is not a directory, choose another base"],
  EISDIR: ["corrupt", "it is a directory, remove it or restore the file from a backup"],
  EIO: ["corrupt", "the disk reports an error in it, restore the file from a backup"],
  EUCLEAN: ["corrupt", "the file system is damaged there, check it and restore the file from a backup"],
  EBADMSG: ["corrupt", "its checksum is wrong, restore the file from a backup"],
  ELOOP: ["corrupt", "it is a link to itself, remove it or restore the file from a backup"],
};
/** Errors of making a symbolic link that say nothing against symbolic links. */
const WITH_SYMLINKS = new Set(["EEXIST", "ENOENT", "ENOSPC", "EDQUOT", "EROFS", "ENOTDIR"]);
const FORBIDDEN = new Set(["EACCES", "EPERM"]);
const NO_HARD_LINKS = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"]);

/** The code of a file system error, if it is one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** A path that was claimed. */
export interface Claimed {
  text: string;
  ino: number;
  mtimeMs: number;
}

/** Paths are relative to the base; every rejection is a `DriverError`. */
export interface Files {
  /** Random per driver: the name of this writer in temporary files and logs. */
  readonly instance: string;
  /** The text of a file, `null` when there is none. */
  read(path: string): Promise<string | null>;
  /** The first bytes of a file, `null` when there is none. Synchronous, see slices.ts. */
  head(path: string, bytes: number): string | null;
  /** Writes a new temporary file, at `tmp/<name>` or at a name of its own, and returns its path. */
  temporary(text: string, sync: boolean, name?: string): Promise<string>;
  /** Takes a path that says `text`, `false` when it is taken. It needs no block of the disk. */
  claim(path: string, text: string): Promise<boolean>;
  /** What a path that was claimed says, and which one it is; `null` when it is free. */
  claimed(path: string): Promise<Claimed | null>;
  /** Gives a temporary file its name; `false` when the name is taken. The temporary file stays. */
  link(from: string, to: string): Promise<boolean>;
  /** Puts a temporary file in the place of whatever is at `to`. Rejects when another process removed the temporary file. */
  replace(from: string, to: string): Promise<void>;
  /** Appends, making file and directory as needed. */
  append(path: string, text: string, sync: boolean): Promise<void>;
  /** Removes a file; `false` when there was none. */
  remove(path: string): Promise<boolean>;
  /** Takes a file away by moving it to `to`, `false` when there was none. Rejects when `to` is blocked. */
  withdraw(from: string, to: string): Promise<boolean>;
  /** Makes a later `withdraw` to this path fail. */
  block(path: string): Promise<void>;
  /** Removes a file that does no harm if it stays: what is left behind is swept later. */
  discard(path: string): Promise<void>;
  /** Removes a directory if it is empty. */
  removeDirectory(path: string): Promise<void>;
  /** The names in a directory, none when it does not exist. */
  list(path: string): Promise<string[]>;
  stat(path: string): Promise<Stats | null>;
  /** How many bytes may be written, `Infinity` where the file system does not say. */
  room(): number;
  /** Flushes the directory of a file, so that its name survives a power loss. */
  flush(path: string): Promise<void>;
}

/** Not writeFile's own `flush`, which the first releases of Node 20 pass over without a word. */
async function write(full: string, text: string, flag: "wx" | "a", sync: boolean): Promise<void> {
  if (!sync) return writeFile(full, text, { flag, mode: 0o600 });
  const handle = await open(full, flag, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Not mkdir's own `recursive`: on Node 20 that turns ENOSPC into ENOENT. */
async function makeDirectory(full: string): Promise<void> {
  try {
    await mkdir(full, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT" || dirname(full) === full) throw error;
    await makeDirectory(dirname(full));
    await makeDirectory(full);
  }
}

/** What `promise` resolves to, or `null` when it fails with this code. */
async function orNull<T>(promise: Promise<T>, code = "ENOENT"): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (codeOf(error) === code) return null;
    throw error;
  }
}

function orUndefined<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** Opens the file at this full path to read it; `null` when there is none. */
export function openNow(full: string): number | null {
  try {
    return openSync(full, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** The first bytes of an open file, one character each. */
export function headOf(descriptor: number, bytes: number): string {
  const head = Buffer.allocUnsafe(bytes);
  return head.toString("latin1", 0, readSync(descriptor, head, 0, bytes, 0));
}

/** The system calls of which a test can make one fail as no file system of the test machine does. */
export interface SystemCalls {
  link: typeof link;
}

/** Opens the directory `base`, which need not exist: the first write makes it. */
export function openFiles(base: string, system: SystemCalls = { link }): Files {
  const instance = randomBytes(8).toString("hex");
  const waiting: (() => void)[] = [];
  const flushed = new Set<string>();
  let running = 0;
  let count = 0;
  let prepared = false;

  async function run<T>(verb: string, path: string, operation: (full: string) => Promise<T>): Promise<T> {
    if (running >= PARALLEL) await new Promise<void>((resume) => waiting.push(resume));
    else running++;
    try {
      return await operation(join(base, path));
    } catch (error) {
      throw describe(error, verb, path);
    } finally {
      // The place goes straight to the next in line, so no other can overtake it.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }

  function describe(error: unknown, verb: string, path: string): DriverError {
    if (error instanceof DriverError) return error;
    const code = codeOf(error) ?? "unknown error";
    let [kind, advice] = ADVICE[code] ?? ["unavailable", "check the disk"];
    if (code === "ENOSPC" && hasNoInodes()) advice = "no space (inodes) is left, remove files or move the base";
    // Where the directory can be searched, only this file is out of reach: the others are not.
    if (verb === "read" && FORBIDDEN.has(code) && orUndefined(() => statSync(join(base, path)))) kind = "corrupt";
    return new DriverError(kind, `Cannot ${verb} ${path} in ${base}: ${advice} (${code})`, { cause: error });
  }

  /**
   * Runs `operation`, again with the directory made when it was missing: another process that finds the new directory
   * still empty may remove it before the file is in it, and may do so more than once.
   */
  async function inDirectory<T>(path: string, operation: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await operation();
      } catch (error) {
        if (codeOf(error) !== "ENOENT" || attempt === DIRECTORY_ATTEMPTS) throw error;
        await makeDirectory(dirname(path));
      }
    }
  }

  function hasNoInodes(): boolean {
    for (let path = join(base); ; path = dirname(path)) {
      // some file systems have no table of inodes, and say 0 of 0
      const stats = orUndefined(() => statfsSync(path));
      if (stats) return stats.files > 0 && stats.ffree === 0;
      if (dirname(path) === path) return false;
    }
  }

  async function exists(full: string): Promise<boolean> {
    return (await orNull(lstat(full))) !== null;
  }

  function superseded(verb: string, path: string): DriverError {
    return new DriverError(
      "unavailable",
      `Cannot ${verb} ${path} in ${base}: this process stood still for so long that another one took its lock over, try again`,
    );
  }

  async function flushDirectory(path: string): Promise<void> {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  const files: Files = {
    instance,
    read: (path) => run("read", path, (full) => orNull(readFile(full, "utf8"))),
    head(path, bytes) {
      try {
        const descriptor = openNow(join(base, path));
        if (descriptor === null) return null;
        try {
          return headOf(descriptor, bytes);
        } finally {
          closeSync(descriptor);
        }
      } catch (error) {
        throw describe(error, "read", path);
      }
    },
    async temporary(text, sync, name = `${instance}.${++count}`) {
      const path = `tmp/${name}`;
      try {
        await run("write", path, async (full) => {
          // With the first file: on a disk that is full by then, a lock must not need a new directory.
          if (!prepared) await makeDirectory(join(base, "locks"));
          prepared = true;
          await inDirectory(full, () => write(full, text, "wx", sync));
        });
        return path;
      } catch (error) {
        await files.discard(path);
        throw error;
      }
    },
    claim: (path, text) =>
      run("lock", path, async (full) => {
        const claiming = inDirectory(full, async () => {
          try {
            await symlink(text, full);
          } catch (error) {
            if (WITH_SYMLINKS.has(codeOf(error) ?? "")) throw error;
            // No symbolic links here, or no permission to make them: a file does, though not in one step.
            await write(full, text, "wx", false);
          }
          return true;
        });
        return (await orNull(claiming, "EEXIST")) ?? false;
      }),
    claimed: (path) =>
      run("read", path, (full) =>
        orNull(
          (async () => {
            const text = await readlink(full).catch((error: unknown) => {
              // EINVAL: it is a file; others: there are no links here.
              if (codeOf(error) === "ENOENT") throw error;
              return readFile(full, "utf8");
            });
            const { ino, mtimeMs } = await lstat(full);
            return { text, ino, mtimeMs };
          })(),
        ),
      ),
    link: (from, to) =>
      run("create", to, async (full) => {
        try {
          await inDirectory(full, () => system.link(join(base, from), full));
          return true;
        } catch (error) {
          const code = codeOf(error) ?? "";
          if (code === "EEXIST") return false;
          if (!NO_HARD_LINKS.has(code)) throw error;
          throw new DriverError(
            "unavailable",
            `Cannot create ${to} in ${base}: the file system has no hard links (exFAT, SMB and shared folders often have none), move the base to one that has (${code})`,
            { cause: error },
          );
        }
      }),
    replace: (from, to) =>
      run("replace", to, (full) =>
        inDirectory(full, async () => {
          try {
            await rename(join(base, from), full);
          } catch (error) {
            if (codeOf(error) === "ENOENT" && !(await exists(join(base, from)))) throw superseded("replace", to);
            throw error;
          }
        }),
      ),
    withdraw: (from, to) =>
      run("remove", from, async (full) => {
        const target = join(base, to);
        return inDirectory(target, async () => {
          try {
            await rename(full, target);
            return true;
          } catch (error) {
            if ((await orNull(lstat(target)))?.isDirectory()) throw superseded("remove", from);
            if (codeOf(error) === "ENOENT" && !(await exists(full))) return false;
            throw error;
          }
        });
      }),
    block: (path) =>
      run("block", path, async (full) => {
        for (;;) {
          try {
            return await mkdir(full, { mode: 0o700 });
          } catch (error) {
            if (codeOf(error) === "ENOENT") await makeDirectory(dirname(full));
            else if (codeOf(error) !== "EEXIST") throw error;
            if ((await orNull(lstat(full)))?.isDirectory()) return;
            // What was withdrawn before is gone for good.
            await orNull(unlink(full));
          }
        }
      }),
    append: (path, text, sync) =>
      run("append to", path, (full) => inDirectory(full, () => write(full, text, "a", sync))),
    remove: (path) => run("remove", path, async (full) => (await orNull(unlink(full).then(() => true))) ?? false),
    async discard(path) {
      await unlink(join(base, path)).catch(() => undefined);
    },
    removeDirectory: (path) =>
      run("remove", path, async (full) => {
        try {
          await rmdir(full);
        } catch (error) {
          const code = codeOf(error);
          if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
        }
      }),
    list: (path) => run("list", path, async (full) => (await orNull(readdir(full))) ?? []),
    stat: (path) => run("examine", path, (full) => orNull(stat(full))),
    room() {
      const stats = orUndefined(() => statfsSync(base));
      return stats && stats.blocks > 0 ? stats.bavail * stats.bsize : Number.POSITIVE_INFINITY;
    },
    flush: (path) =>
      run("flush", path, async (full) => {
        const directory = dirname(full);
        await flushDirectory(directory);
        if (flushed.has(directory)) return;
        // The directory may be new itself: its name, and those above it, must survive too. Once is enough.
        await flushDirectory(dirname(directory));
        await flushDirectory(dirname(dirname(directory)));
        await flushDirectory(dirname(join(base)));
        flushed.add(directory);
      }),
  };
  return files;
}
