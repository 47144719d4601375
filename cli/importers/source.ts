/** The bytes of an export. */
import { createReadStream } from "node:fs";
import { AnonError } from "../../sdk/errors.ts";

export interface Source {
  /** For messages. */
  name: string;
  /** From the beginning. A stream (`isOnce`) can be opened only once. */
  open(): AsyncIterable<Uint8Array>;
  isOnce: boolean;
}

// a form is recognised by its first property
const HEAD_BYTES = 256;

export function fileSource(path: string): Source {
  return { name: path, isOnce: false, open: () => bytesOf(path) };
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === "ENOENT" ? "there is no such file" : code;
    throw new AnonError("invalid_options", `Cannot read ${path}: ${why}`, { cause: error });
  }
}

/** The same source, which is refused if it is compressed. */
export function uncompressed(source: Source): Source {
  return {
    ...source,
    async *open() {
      let isFirst = true;
      for await (const bytes of source.open()) {
        if (isFirst && isCompressed(bytes)) {
          throw new AnonError(
            "invalid_options",
            `Cannot read ${source.name}: it is compressed, so pipe its text: gunzip -c users.json.gz | anon import - …`,
          );
        }
        isFirst = false;
        yield bytes;
      }
    },
  };
}

/** By the first bytes of gzip and Zstandard, with which no text begins. */
function isCompressed([first, second]: Uint8Array): boolean {
  return (first === 0x1f && second === 0x8b) || (first === 0x28 && second === 0xb5);
}

/** How a source begins, without white space and a byte order mark, and a source that still has all of it. */
export async function withHead(source: Source): Promise<{ head: string; source: Source }> {
  const iterator = source.open()[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let head = "";
  const decoder = new TextDecoder();
  while (head.length < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    read.push(next.value);
    head = (head + decoder.decode(next.value.subarray(0, 64 * 1_024), { stream: true })).trimStart();
  }
  head = head.slice(0, HEAD_BYTES);
  if (!source.isOnce) {
    await iterator.return?.();
    return { head, source };
  }
  const again = async function* (): AsyncGenerator<Uint8Array> {
    yield* read.splice(0);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  };
  return { head, source: { ...source, open: again } };
}
