/** A file of JSON lines that is written while an import runs. */
import { type FileHandle, open } from "node:fs/promises";
import { AnonError } from "../../sdk/errors.ts";

export interface LinesFile {
  /** Waits for the file when it is slower than the import. */
  write(value: unknown): Promise<void>;
  close(): Promise<void>;
}

const PIECE = 64 * 1_024;

/** Empties a file that exists. Only its owner can read it, because it names people. */
export async function createLinesFile(path: string): Promise<LinesFile> {
  let file: FileHandle;
  try {
    file = await open(path, "w", 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AnonError("invalid_options", `Cannot write ${path}: ${code}`, { cause: error });
  }
  let pending = "";
  let writing: Promise<unknown> = Promise.resolve();
  const flush = (): Promise<unknown> => {
    const text = pending;
    pending = "";
    if (text !== "") writing = writing.then(() => file.writeFile(text));
    return writing;
  };
  return {
    async write(value) {
      pending += `${JSON.stringify(value)}\n`;
      if (pending.length >= PIECE) await flush();
    },
    async close() {
      try {
        await flush();
      } finally {
        await file.close();
      }
    },
  };
}
