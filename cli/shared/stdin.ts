/** Reading from people and pipes. */
import { Interrupted, UsageError } from "./errors.ts";
import type { Io, Source } from "./io.ts";

// over twice what any password or token may have: what is cut off here is refused for its length anyway
const MAXIMUM_BYTES = 16 * 1024;

/** What comes before the first line end, or everything: without the line end and a byte order mark, otherwise unchanged. */
export async function firstLine(source: Source): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.chunks()) {
    const end = chunk.indexOf(10);
    const part = end < 0 ? chunk : chunk.subarray(0, end + 1);
    parts.push(part);
    size += part.length;
    if (end >= 0 || size > MAXIMUM_BYTES) break;
  }
  try {
    // its decoder takes a byte order mark away
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)).replace(/\r?\n$/, "");
  } catch {
    throw new UsageError("Cannot read stdin: it is not UTF-8 text");
  }
}

/** Whether a person can be asked. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY && io.stderr.isTTY;
}

/** Asks on the terminal, on stderr because stdout is the result's. `hidden` shows nothing of the answer. */
export async function ask(io: Io, questions: readonly string[], hidden: boolean): Promise<string[]> {
  const answers: string[] = [];
  io.stdin.setRaw(true);
  try {
    const keys = keysOf(io.stdin);
    for (const question of questions) {
      await io.stderr.write(question);
      answers.push(await answer(io, keys, hidden));
      await io.stderr.write("\n");
    }
  } finally {
    io.stdin.setRaw(false);
  }
  return answers;
}

async function answer(io: Io, keys: AsyncIterator<string>, hidden: boolean): Promise<string> {
  const typed: string[] = [];
  for (;;) {
    const { value: key, done } = await keys.next();
    // Ctrl-C, and Ctrl-D on an empty line
    if (done || key === "\u0003" || (key === "\u0004" && typed.length === 0)) {
      await io.stderr.write("\n");
      throw new Interrupted("Interrupted");
    }
    if (key === "\r" || key === "\n") return typed.join("");
    if (key === "\u007f" || key === "\b") {
      if (typed.pop() !== undefined && !hidden) await io.stderr.write("\b \b");
    } else if (key === "\u0015") {
      if (!hidden) await io.stderr.write("\b \b".repeat(typed.length));
      typed.length = 0;
    } else if (key >= " ") {
      typed.push(key);
      if (!hidden) await io.stderr.write(key);
    }
  }
}

/** Key by key, whatever the pieces they arrive in. */
async function* keysOf(source: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of source.chunks()) yield* decoder.decode(chunk, { stream: true });
}
