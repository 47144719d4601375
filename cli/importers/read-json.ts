/** JSON in bounded memory: the elements of one array of a document, or one value a line. */
import { AnonError } from "../../sdk/errors.ts";
import { malformed, type Position, type Rejected } from "./entry.ts";
import { textLines } from "./text-lines.ts";
import { isObject, type Row } from "./values.ts";

/** A record with its position, or why it is none. */
export type Read = { at: Position; row: Row } | Rejected;

/**
 * The elements of the array at a path such as `$.users.*`. Other parts of the document are read over.
 *
 * @throws {AnonError} `invalid_data` if the document is no JSON; the message quotes nothing of it
 */
export async function* elementsAt(bytes: AsyncIterable<Uint8Array>, path: string, name: string): AsyncGenerator<Read> {
  const { JSONParser } = await import("@streamparser/json");
  let values: unknown[] = [];
  let failure: unknown;
  const parser = new JSONParser({ paths: [path], keepStack: false });
  parser.onValue = ({ value }) => void values.push(value);
  parser.onError = (error) => {
    failure ??= error;
  };
  let record = 0;
  const read = (): Read[] => {
    const found = values.map((row): Read => {
      const at = { record: ++record };
      return isObject(row) ? { at, row } : malformed(at, "Cannot read this record: it is not a JSON object");
    });
    values = [];
    return found;
  };
  for await (const chunk of bytes) {
    if (failure === undefined && !parser.isEnded) parser.write(chunk);
    else if (failure === undefined && /\S/.test(new TextDecoder().decode(chunk))) failure = "more follows";
    yield* read();
    if (failure !== undefined) break;
  }
  if (failure === undefined && !parser.isEnded) failure = "it ends too early";
  if (failure !== undefined) {
    throw new AnonError("invalid_data", `Cannot read on in ${name}: after record ${record} it is no valid JSON`);
  }
}

/** One JSON object a line. A line that is none is rejected, and the next one is read. */
export async function* jsonLines(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Read> {
  for await (const { line, text } of textLines(bytes, name)) {
    const at = { line };
    const value = parsed(text);
    yield isObject(value)
      ? { at, row: value }
      : malformed(at, value === undefined ? "Cannot read this line: it is no valid JSON" : NO_OBJECT);
  }
}

const NO_OBJECT = "Cannot read this line: it is not a JSON object";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
