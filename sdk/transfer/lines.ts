import { AnonError } from "../errors.ts";

/**
 * In characters. An account has up to 255 KB of own fields, which JSON in JSON at most doubles, and its sessions; no other entry is
 * nearly as long.
 */
export const LONGEST_LINE = 16_000_000;

/**
 * The lines of pieces of any length.
 *
 * @throws {AnonError} `invalid_options` for a line that is too long: a file without line ends would fill the memory
 */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let pending = "";
  let number = 1;
  const add = (text: string): string => {
    if (pending.length + text.length <= LONGEST_LINE) return pending + text;
    throw new AnonError(
      "invalid_options",
      `Cannot load this: line ${number} is longer than ${LONGEST_LINE / 1_000_000} million characters`,
    );
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", from)) {
      const line = add(piece.slice(from, end));
      pending = "";
      number++;
      yield line;
      from = end + 1;
    }
    pending = add(piece.slice(from));
  }
  if (pending !== "") yield pending;
}
