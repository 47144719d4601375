/** Input from pipes and from the terminal. */
import type { Context } from "./command.ts";
import { Interrupted, UsageError } from "./errors.ts";
import type { Io, Source } from "./io.ts";

// more than twice the longest password or token: what is cut off here is refused for its length anyway
const MAXIMUM_BYTES = 16 * 1024;

/** The text before the first line end, or all of it: without a byte order mark, otherwise unchanged. */
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
    // the decoder removes a byte order mark
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)).replace(/\r?\n$/, "");
  } catch {
    throw new UsageError("Cannot read stdin: it is not UTF-8 text");
  }
}

/**
 * The password that a person chooses: typed twice without being shown, or from stdin. It is never an argument, which other
 * users could read.
 */
export async function choosePassword({ io, hidden }: Context, fromStdin: boolean): Promise<string> {
  if (!fromStdin && !canAsk(io)) {
    throw new UsageError("Cannot ask for the password without a terminal: pass it with --password-stdin");
  }
  const [password = "", again] = fromStdin
    ? [await firstLine(io.stdin)]
    : await ask(io, ["Password: ", "Password again: "], true);
  hidden.push(password);
  if (again !== undefined && again !== password) {
    throw new UsageError("Cannot use this password: the two entries differ, try again");
  }
  return password;
}

/** Whether a person can be asked. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY && io.stderr.isTTY;
}

/** Asks on stderr, because stdout is for the result. `hidden` does not show what is typed. */
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

/** Single keys, however they arrive. */
async function* keysOf(source: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of source.chunks()) yield* decoder.decode(chunk, { stream: true });
}
