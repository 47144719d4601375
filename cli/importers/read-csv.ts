/** CSV in bounded memory. */
import { Readable } from "node:stream";
import { AnonError } from "../../sdk/errors.ts";
import type { Position } from "./entry.ts";
import type { Row } from "./values.ts";

// of one record: a longer one is a quote that is never closed
const LONGEST = 4 * 1_024 * 1_024;

interface Parsed {
  record: string[];
  info: { lines: number };
}

/**
 * The records of a file. Its quotes may be wrong, as those of Firebase are: a quote in the middle of a value is a part of it.
 *
 * @throws {AnonError} `invalid_data`; the message quotes nothing of the file
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ at: Position; values: string[] }> {
  const { parse } = await import("csv-parse");
  const parser = parse({
    bom: true,
    info: true,
    max_record_size: LONGEST,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  let failure: unknown;
  const input = Readable.from(checkedUtf8(bytes, name), { objectMode: false });
  input.on("error", (error) => {
    failure = error;
    parser.destroy(error);
  });
  try {
    for await (const { record, info } of input.pipe(parser) as AsyncIterable<Parsed>) {
      yield { at: { line: info.lines }, values: record };
    }
  } catch (error) {
    if (error === failure) throw error;
    const { code, lines } = error as { code?: string; lines?: number };
    if (!code?.startsWith("CSV_")) throw error;
    throw new AnonError("invalid_data", `Cannot read ${name}: line ${lines} is no valid CSV (${code})`);
  } finally {
    input.destroy();
  }
}

/** The same bytes. The parser would replace what it cannot decode, so that an email becomes another one. */
async function* checkedUtf8(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const check = (chunk?: Uint8Array): void => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new AnonError("invalid_data", `Cannot read ${name}: it is not UTF-8 text`);
    }
  };
  for await (const chunk of bytes) {
    check(chunk);
    yield chunk;
  }
  check();
}

/** The records of a file whose first line names the columns. */
export async function* csvRows(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ at: Position; row: Row } | { at: Position; code: string; message: string }> {
  let columns: string[] | undefined;
  for await (const { at, values } of csvRecords(bytes, name)) {
    if (!columns) {
      columns = values;
    } else if (values.length === columns.length) {
      yield { at, row: Object.fromEntries(columns.map((column, index) => [column, values[index]])) };
    } else {
      const message = `Cannot read this line: it has ${values.length} values, and the first line has ${columns.length}`;
      yield { at, code: "invalid_data", message };
    }
  }
}
