/** The file of a dump: complete or not at all, and compressed as its name says. */
import { createReadStream, createWriteStream, fstatSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";
import { AnonError } from "../../sdk/errors.ts";
import { quote, UsageError } from "./errors.ts";

/** The two directions of a compression. Runtimes older than 2025 lack that of Zstandard. */
type Compression = Record<"compress" | "decompress", (() => Transform) | undefined>;

function compressionOf(file: string): Compression | null {
  const path = file.replace(/\.part$/, "");
  if (path.endsWith(".gz")) return { compress: zlib.createGzip, decompress: zlib.createGunzip };
  if (path.endsWith(".zst")) return { compress: zlib.createZstdCompress, decompress: zlib.createZstdDecompress };
  return null;
}

function transformOf(path: string, direction: keyof Compression): Transform | null {
  const compression = compressionOf(path);
  if (compression === null) return null;
  const make = compression[direction];
  if (make) return make();
  throw new UsageError(`Cannot use ${quote(basename(path))}: this runtime has no Zstandard, use a name with .gz`);
}

/** Refuses a file that is there, unless it may be replaced, and a compression that is not. `shown` is what was typed. */
export function checkDumpFile(path: string, shown: string, overwrite: boolean): void {
  transformOf(path, "compress")?.destroy();
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  // a pipe or a device would be replaced by a file of its name
  if (!found.isFile()) throw new UsageError(`Cannot dump to ${quote(shown)}: it is no file, use - for stdout`);
  if (!overwrite)
    throw new UsageError(`Cannot dump to ${quote(shown)}: the file exists, give --overwrite to replace it`);
}

/** The name of a file while it is written, and of what lacks entries. It is compressed as the file. */
export function partOfDump(path: string): string {
  return `${path}.part`;
}

/** What becomes of a file that was written: it gets its name, keeps that of a part, or is removed. */
export type Fate = "whole" | "lacking" | "interrupted";

/**
 * Writes the texts, readable for their owner alone, and flushes them to disk. Until the end they are in `<path>.part`, and only
 * what `fateOf` then calls whole replaces the file.
 */
export async function writeDumpFile(
  path: string,
  shown: string,
  texts: AsyncIterable<string>,
  fateOf: () => Fate,
): Promise<void> {
  const part = partOfDump(path);
  const transform = transformOf(path, "compress");
  let own: bigint | undefined;
  try {
    // that of a killed run may have other access rights
    await rm(part, { force: true });
    const file = createWriteStream(part, { flags: "wx", mode: 0o600, flush: true });
    file.once("open", (fd) => {
      own = fstatSync(fd, { bigint: true }).ino;
    });
    const source = Readable.from(texts, { objectMode: true });
    await (transform ? pipeline(source, transform, file) : pipeline(source, file));
    const fate = fateOf();
    if (fate !== "interrupted") {
      // another dump of this name removed this one, and has its own there, which is not whole
      if (!isFile(part, own)) throw new UsageError(`Cannot write ${quote(shown)}: another dump writes it, too`);
      if (fate === "whole") await rename(part, path);
      own = undefined;
    }
  } catch (error) {
    throw failedWith(error, "write", shown);
  } finally {
    if (isFile(part, own)) await rm(part, { force: true });
  }
}

/** Whether there is the file with this number. */
function isFile(path: string, inode: bigint | undefined): boolean {
  return inode !== undefined && statSync(path, { bigint: true, throwIfNoEntry: false })?.ino === inode;
}

/** The text of a dump, from a file or, without a path, from what `stdin` gives. */
export async function* readDumpFile(
  path: string | null,
  shown: string,
  stdin: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void> {
  const transform = path === null ? null : transformOf(path, "decompress");
  // a character that is cut in two or damaged must not become another one
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    const file = path === null ? stdin() : createReadStream(path);
    for await (const bytes of transform ? piped(file as Readable, transform) : file) {
      yield decoder.decode(bytes as Uint8Array, { stream: true });
    }
    decoder.decode();
  } catch (error) {
    throw failedWith(error, "read", shown);
  }
}

/** A failure of the file ends the stream, too. */
function piped(file: Readable, transform: Transform): Transform {
  file.on("error", (error) => transform.destroy(error));
  return file.pipe(transform);
}

/** What another name would mend: wrong usage. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or directory",
  ENOTDIR: "a part of the path is no directory",
  EISDIR: "it is a directory",
  EACCES: "access is denied",
  EPERM: "access is denied",
  EROFS: "the file system is read-only",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
};

/** What it would not: failures. */
const FAILURES: Readonly<Record<string, string>> = {
  ENOSPC: "there is no room left",
  EDQUOT: "there is no room left",
};

/** Errors of files and streams have a code. Others are about the storage, and stay as they are. */
function failedWith(error: unknown, verb: string, shown: string): unknown {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === "AnonError" || name === "DriverError" || name === "UsageError") return error;
  if (name === "TypeError") return new UsageError(`Cannot ${verb} ${quote(shown)}: it is not UTF-8`);
  if (typeof code !== "string") return error;
  const isCompression = /^(?:Z_|ZSTD_|ERR_ZSTD|ERR_BUFFER_TOO_LARGE)/.test(code);
  const usage = isCompression ? "its compression is damaged or cut off" : REASONS[code];
  if (usage !== undefined) return new UsageError(`Cannot ${verb} ${quote(shown)}: ${usage}`);
  const reason = FAILURES[code] ?? `it failed (${code})`;
  return new AnonError("storage_unavailable", `Cannot ${verb} ${quote(shown)}: ${reason}`);
}
