/** An import as a command line describes it: an export, and the files that are written beside it. */
import { readFile, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { AnonError } from "../../sdk/errors.ts";
import type { Entry, Rejected } from "./entry.ts";
import { parseHashConfig } from "./firebase.ts";
import { createLinesFile, type LinesFile } from "./lines-file.ts";
import { isDatabaseUrl } from "./read-database.ts";
import { type ImportReport, type ImportRunOptions, runImport } from "./run.ts";
import { fileSource, type Source, uncompressed } from "./source.ts";
import type { FirebaseHashConfig, ReadOptions } from "./system.ts";
import { SYSTEMS } from "./systems.ts";

export interface ImportCommand extends Omit<ImportRunOptions, "onProgress" | "onReject" | "onMapped"> {
  /** A file, the URL of a database, or `-`. */
  source: string;
  stdin: () => AsyncIterable<Uint8Array>;
  /** A file with the second table. */
  identities?: string;
  /** A file with the hash parameters of Firebase. */
  hashConfig?: string;
  /** PocketBase's auth collection. */
  table?: string;
  fields?: readonly string[];
  /** A file to write why records are not imported. */
  rejects?: string;
  /** A file to write the ids that could not be kept. */
  mapping?: string;
}

export interface OpenedImport {
  run(onProgress: (report: ImportReport) => void): Promise<ImportReport>;
  /** The first reasons, if no file has them. */
  reasons: string[];
}

/** Which systems an option is for. */
const ONLY_FOR: readonly [keyof ImportCommand, flag: string, systems: readonly string[]][] = [
  ["identities", "--identities", ["supabase", "better-auth"]],
  ["hashConfig", "--hash-config", ["firebase"]],
  ["table", "--table", ["pocketbase"]],
];

const MOST_REASONS = 10;

/** @throws {AnonError} `invalid_options` for what cannot be read or written */
export async function openImport(command: ImportCommand): Promise<OpenedImport> {
  await checkOutputs(command);
  const entries = await openExport(command);
  const reasons: string[] = [];
  return {
    reasons,
    async run(onProgress) {
      const rejects = command.rejects === undefined ? null : await createLinesFile(command.rejects);
      const mapping = command.mapping === undefined ? null : await createLinesFile(command.mapping);
      const onReject = async ({ at, ...why }: Rejected): Promise<void> => {
        if (rejects) await rejects.write({ ...at, ...why });
        else if (reasons.length < MOST_REASONS) reasons.push(reasonOf({ at, ...why }));
      };
      try {
        return await runImport(entries, { ...command, onProgress, onReject, onMapped: mapping?.write });
      } finally {
        await closeAll(rejects, mapping);
      }
    },
  };
}

/** A file that is written is emptied first. */
async function checkOutputs(command: ImportCommand): Promise<void> {
  const { source, identities, hashConfig, rejects, mapping } = command;
  const outputs = await realPaths([rejects, mapping]);
  const inputs = await realPaths([source.replace(/^sqlite:/i, ""), identities, hashConfig]);
  const both = outputs.find((path) => inputs.includes(path));
  if (both !== undefined) throw refused(`Cannot write ${both}: this import reads it, name another file`);
  if (new Set(outputs).size < outputs.length)
    throw refused("Cannot write rejects and mapping to one file: name two files");
}

/** Without symbolic links, of those that are given. */
function realPaths(paths: readonly (string | undefined)[]): Promise<string[]> {
  const given = paths.filter((path) => path !== undefined);
  return Promise.all(given.map((path) => realpath(path).catch(() => resolve(path))));
}

async function closeAll(...files: (LinesFile | null)[]): Promise<void> {
  for (const file of files) await file?.close();
}

function reasonOf({ at, id, code, message }: Rejected): string {
  const [[unit, number] = []] = Object.entries(at);
  return `${unit} ${number}${id === undefined ? "" : `, ${id}`}: ${message} [${code}]`;
}

async function openExport(command: ImportCommand): Promise<AsyncIterable<Entry>> {
  const { system: name, source, table, fields = [], withoutHashes } = command;
  const system = SYSTEMS.get(name);
  if (!system) throw refused(`Cannot import from ${JSON.stringify(name)}: use ${[...SYSTEMS.keys()].join(", ")}`);
  for (const [option, flag, systems] of ONLY_FOR) {
    if (command[option] !== undefined && !systems.includes(name)) {
      throw refused(`Cannot use ${flag} with ${name}: it is for ${systems.join(" and ")}`);
    }
  }
  const options: ReadOptions = {
    table,
    fields,
    withoutHashes,
    identities: command.identities === undefined ? undefined : uncompressed(fileSource(command.identities)),
    hashConfig: command.hashConfig === undefined ? undefined : await readHashConfig(command.hashConfig),
  };
  const { file, database } = system;
  if (isDatabaseUrl(source)) {
    if (!database) throw refused(`Cannot import from ${name} by URL: give the file that it exports`);
    return database(source, options);
  }
  if (file) return file(uncompressed(source === "-" ? stdinSource(command) : fileSource(source)), options);
  if (source === "-") throw refused(`Cannot import from ${name} by stdin: give its database file`);
  return database(`sqlite:${source}`, options);
}

function stdinSource({ stdin }: ImportCommand): Source {
  return { name: "stdin", isOnce: true, open: stdin };
}

async function readHashConfig(path: string): Promise<FirebaseHashConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new AnonError("invalid_options", `Cannot read ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  return parseHashConfig(text, path);
}

function refused(message: string): AnonError {
  return new AnonError("invalid_options", message);
}
