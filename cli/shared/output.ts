/** Results, on stdout: gathered into pieces of 16 KiB, and never faster than the reader takes them. */

import type { Sink } from "./io.ts";
import { escapedJson } from "./print.ts";

const PIECE = 16 * 1024;

export interface Output {
  /** One line of a result. */
  line(text: string): Promise<void>;
  /** One JSON document, on a line, or with `indented` on several. */
  json(value: unknown, indented?: boolean): Promise<void>;
  /** Resolves when everything is out. */
  flush(): Promise<void>;
}

export function createOutput(open: () => Sink): Output {
  let pending = "";
  let writing: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setImmediate> | undefined;

  const flush = (): Promise<void> => {
    if (timer) clearImmediate(timer);
    timer = undefined;
    if (pending !== "") {
      const text = pending;
      pending = "";
      writing = writing.then(() => open().write(text));
      // The next flush, and `flush` at the end, gets the failure; until then it must not count as unhandled.
      writing.catch(() => undefined);
    }
    return writing;
  };

  const line = async (text: string): Promise<void> => {
    pending += `${text}\n`;
    if (pending.length >= PIECE) await flush();
    else timer ??= setImmediate(() => void flush());
  };

  return { line, json: (value, indented) => line(escapedJson(value, indented)), flush };
}
