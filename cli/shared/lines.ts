/** Lines of stdin, as they come. */
import { untilAborted } from "../../sdk/transfer/until-aborted.ts";
import type { Source } from "./io.ts";

// a record has up to 256 KB, and more as JSON with escapes
const MAXIMUM_BYTES = 4 * 1024 * 1024;

/** `text` is `null` if the line is not UTF-8, or longer than 4 MB. */
export interface Line {
  /** From 1. */
  number: number;
  text: string | null;
  /** Whether its end was read. The last line may lack one, or be cut off because its writer was killed. */
  isEnded: boolean;
}

/** The lines of a source, in bounded memory, until it ends or the signal is aborted. */
export async function* linesOf(source: Source, signal: AbortSignal): AsyncGenerator<Line> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array): void => {
    size += part.length;
    if (size > MAXIMUM_BYTES) parts = [];
    else parts.push(part);
  };
  const take = (isEnded: boolean): Line => {
    const text = size > MAXIMUM_BYTES ? null : decoded(Buffer.concat(parts));
    parts = [];
    size = 0;
    return { number: ++number, text, isEnded };
  };
  for await (const chunk of untilAborted(source.chunks(), signal)) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end));
      from = end + 1;
      yield take(true);
    }
    add(chunk.subarray(from));
  }
  // a line that an interrupt cut off could name another account
  if (size > 0 && !signal.aborted) yield take(false);
}

function decoded(bytes: Uint8Array): string | null {
  try {
    // the decoder removes a byte order mark
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
