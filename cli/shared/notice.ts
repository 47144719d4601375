/** What is said beside the result, on stderr. */
import { colourful } from "./colour.ts";
import type { Io } from "./io.ts";

/** Says something; consola is loaded only when there is something to say. */
export async function notice(io: Io, text: string): Promise<void> {
  const { createConsola } = await import("consola");
  const lines: string[] = [];
  const colour = colourful(io);
  const stream = { write: (line: string) => lines.push(line), isTTY: colour } as unknown as NodeJS.WriteStream;
  createConsola({ level: 3, fancy: colour, stdout: stream, stderr: stream, formatOptions: { date: false } }).info(text);
  // a terminal that is gone must not stop the work
  await io.stderr.write(lines.join("")).catch(() => undefined);
}
