/** Lines of UTF-8 text, in bounded memory. */
import { AnonError } from "../../sdk/errors.ts";

/** A record of a real account takes a few kilobytes. */
const LONGEST = 4 * 1_024 * 1_024;

/** The lines that are not empty, with their numbers from 1. */
export async function* textLines(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ line: number; text: string }> {
  // the decoder removes a byte order mark
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw new AnonError("invalid_data", `Cannot read ${name}: after line ${line} it is not UTF-8 text`);
    }
  };
  let rest = "";
  let line = 0;
  for await (const chunk of bytes) {
    const lines = (rest + decode(chunk)).split("\n");
    rest = lines.pop() as string;
    if (rest.length > LONGEST) {
      throw new AnonError("invalid_data", `Cannot read ${name}: line ${line + lines.length + 1} is longer than 4 MB`);
    }
    for (const text of lines) {
      line++;
      if (text.trim() !== "") yield { line, text };
    }
  }
  rest += decode();
  if (rest.trim() !== "") yield { line: line + 1, text: rest };
}
