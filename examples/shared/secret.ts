/** The secret of the examples: `ANON_SECRET`, or one that is made on the first start and kept in a file. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The secret that belongs to a storage. It is kept where `anon` (the command line) keeps it as well, so that
 * `npx anon list` and `npx anon verify` work beside the example.
 */
export function secretFor(storage: string): string {
  if (process.env.ANON_SECRET) return process.env.ANON_SECRET;
  const directory = (storage.startsWith("fs:") && storage.slice("fs:".length)) || ".anon";
  const file = join(directory, "secret");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8").trim();
}
