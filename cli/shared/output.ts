/** Results, on stdout: collected into pieces of 16 KiB, and never written faster than the reader reads. */
import type { Sink } from "./io.ts";

const PIECE = 16 * 1024;

export interface Output {
  /** A result: under `--json` the document, otherwise the text. */
  result(document: unknown, text: () => string): Promise<void>;
  /** One line of a result. */
  line(text: string): Promise<void>;
  /** One JSON document, on one line or, with `indented`, on several. */
  json(value: unknown, indented?: boolean): Promise<void>;
  /** Resolves when everything is written. */
  flush(): Promise<void>;
}

/** The reader of stdout is gone (`anon list | head -1`), which is no failure. */
export class ReaderGone extends Error {
  override readonly name: string = "ReaderGone";
}

export function createOutput(open: () => Sink, asJson: boolean): Output {
  let pending = "";
  let writing: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setImmediate> | undefined;

  const flush = (): Promise<void> => {
    if (timer) clearImmediate(timer);
    timer = undefined;
    if (pending !== "") {
      const text = pending;
      pending = "";
      writing = writing.then(() => open().write(text)).catch(asReaderGone);
      // the next flush rejects with the failure; until then it must not count as unhandled
      writing.catch(() => undefined);
    }
    return writing;
  };

  const line = async (text: string): Promise<void> => {
    pending += `${text}\n`;
    if (pending.length >= PIECE) await flush();
    else timer ??= setImmediate(() => void flush());
  };

  const json: Output["json"] = (value, indented) => line(escapedJson(value, indented));

  return { result: (document, text) => (asJson ? json(document) : line(text())), line, json, flush };
}

function asReaderGone(error: NodeJS.ErrnoException): never {
  throw error.code === "EPIPE" ? new ReaderGone() : error;
}

// nearly all records have only these characters, and skip the slower replacement
const PLAIN = /^[\n\x20-\x7e]*$/;

/**
 * JSON without characters that a terminal obeys or a reader does not see: control and format characters, and line separators.
 * They are written as \uXXXX, which JSON parses to the same text.
 */
export function escapedJson(value: unknown, indented = false): string {
  const text = JSON.stringify(value, null, indented ? 2 : 0);
  if (PLAIN.test(text)) return text;
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? character : character.split("").map(escaped).join(""),
  );
}
