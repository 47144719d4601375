/** One line that follows the work, on a terminal; elsewhere nothing. */
import type { Io } from "./io.ts";

const ERASE_LINE = "\r\u001b[2K";
const EVERY_MS = 100;

export interface Progress {
  show(text: string): void;
  end(): Promise<void>;
}

export function createProgress({ stderr }: Io): Progress {
  let last = Promise.resolve();
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      const now = performance.now();
      if (!stderr.isTTY || now - shownAt < EVERY_MS) return;
      shownAt = now;
      // a terminal that is gone must not stop the work
      last = stderr.write(`${ERASE_LINE}${text}`).catch(() => undefined);
    },
    async end() {
      await last;
      if (shownAt > 0) await stderr.write(ERASE_LINE).catch(() => undefined);
    },
  };
}
