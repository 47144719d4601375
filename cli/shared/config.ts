/** The settings of a command: flags first, then environment variables, then the configuration file, then defaults. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { AnonConfig } from "../../sdk/config.ts";
import { hint } from "../../sdk/settings/nearest.ts";
import { quote, UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { withoutMark } from "./strict.ts";

/** In this order: only the first file that exists is read. */
const EXTENSIONS = ["ts", "mts", "cts", "js", "mjs", "cjs", "json", "jsonc", "json5", "yaml", "yml", "toml"];

const DATA = /\.(json[c5]?|ya?ml|toml)$/;

/** From the first quote to the last, with what leads to it: `, ..."secret": abc"...`. */
const QUOTED = /[,:]? ?(?:\.\.\.)?".*"(?:\.\.\.)?/s;

/** Also the options that only servers use, because both use one file. An option that is missing here is a type error. */
const KEYS: readonly string[] = Object.keys({
  storage: true,
  drivers: true,
  secret: true,
  serviceTokens: true,
  collections: true,
  sessionTtl: true,
  activityResolution: true,
  maxSessions: true,
  maxAnonymous: true,
  retention: true,
  merge: true,
  quarantine: true,
  warning: true,
  keep: true,
  keepMany: true,
  anonymous: true,
  capabilities: true,
  guestEmailDomain: true,
  hooks: true,
  onEvent: true,
  onError: true,
  limits: true,
  trustedProxy: true,
  cookie: true,
  api: true,
  sendMail: true,
} satisfies Record<keyof AnonConfig, true>);

/** A configuration and the name of its file. */
export interface ConfigFile {
  config: AnonConfig;
  file: string | undefined;
}

/** A value, and the flag, the variable or the file that it is from. */
export interface Setting<T> {
  value: T;
  from: string;
}

/** The storage and the secret that count. */
export function settingsOf(
  flag: string | undefined,
  ANON_STORAGE: string | undefined,
  given: Setting<AnonConfig["secret"]> | null,
  { config, file = "anon.config" }: ConfigFile,
): { storage: Setting<NonNullable<AnonConfig["storage"]>>; secret: Setting<AnonConfig["secret"]> } {
  return {
    storage: {
      value: flag ?? (ANON_STORAGE || config.storage) ?? "fs:.anon",
      from: flag ? "--storage" : ANON_STORAGE ? "ANON_STORAGE" : file,
    },
    secret: given ?? { value: config.secret, from: file },
  };
}

/** The file that `--config` or `ANON_CONFIG` names, or else the `anon.config.*` of the directory, if there is one. */
function find(flag: string | undefined, { env: { ANON_CONFIG }, cwd }: Pick<Io, "env" | "cwd">): string | undefined {
  const named = flag ?? (ANON_CONFIG || undefined);
  if (named === undefined) {
    return EXTENSIONS.map((extension) => `anon.config.${extension}`).find((name) => existsSync(join(cwd, name)));
  }
  const from = flag === undefined ? "ANON_CONFIG" : "--config";
  const refusal = !existsSync(resolve(cwd, named))
    ? "there is no such file"
    : !EXTENSIONS.includes(extname(named).slice(1))
      ? `its name must end in one of ${EXTENSIONS.join(", ")}`
      : undefined;
  if (refusal === undefined) return named;
  throw new UsageError(`Cannot use the configuration ${quote(named)} (${from}): ${refusal}`, "invalid_options");
}

/** Reads the configuration. If there is none, it is empty and no loader is loaded. */
export async function readConfig(flag: string | undefined, io: Pick<Io, "env" | "cwd">): Promise<ConfigFile> {
  const file = find(flag, io);
  if (file === undefined) return { config: {}, file };
  let config: unknown;
  try {
    config = await load(resolve(io.cwd, file));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // in quotes and after the first line, parsers of data quote the file, which may hold the secret
    const reason = DATA.test(file) ? message.replace(QUOTED, "").split(/[\r\n]/, 1)[0] : message;
    throw new UsageError(`Cannot load ${file}: ${reason}`, "invalid_options");
  }
  return { config: checked(config, file), file };
}

/** The configuration of a module, or the data of a file. */
async function load(path: string): Promise<unknown> {
  const parse = await parserOf(extname(path));
  if (parse) return parse(withoutMark(await readFile(path, "utf8")));
  const { loadModule } = await import("./load-module.ts");
  return loadModule(path);
}

async function parserOf(extension: string): Promise<((text: string) => unknown) | undefined> {
  switch (extension) {
    case ".json":
      return JSON.parse;
    case ".jsonc": {
      const { parseJSONC } = await import("confbox/jsonc");
      return (text) => {
        checkJsonc(text);
        return parseJSONC(text);
      };
    }
    case ".json5":
      return (await import("confbox/json5")).parseJSON5;
    case ".yaml":
    case ".yml":
      return (await import("confbox/yaml")).parseYAML;
    case ".toml":
      return (await import("confbox/toml")).parseTOML;
  }
}

/** The parser of these files silently drops what it does not understand: `"quarantine": 7d` would be no quarantine. */
function checkJsonc(text: string): void {
  const kept = (_: string, string?: string) => string ?? " ";
  const withoutComments = text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\r\n]*|\/\*.*?\*\//gs, kept);
  JSON.parse(withoutComments.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/gs, kept));
}

/** A misspelt key must not pass for a setting: `beforeDelete` protects accounts. */
function checked(config: unknown, file: string): AnonConfig {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new UsageError(`Cannot use ${file}: it must export an object as default`, "invalid_options");
  }
  for (const key of Object.keys(config)) {
    if (KEYS.includes(key)) continue;
    throw new UsageError(`Cannot use ${file}: unknown key ${quote(key)}, ${hint(key, KEYS)}`, "invalid_options");
  }
  return config as AnonConfig;
}
