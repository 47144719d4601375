/** The configuration file, and which setting wins: flags, then environment, then file, then defaults. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnonConfig } from "../../sdk/config.ts";
import { quote, UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** In the order in which one goes before another. */
const EXTENSIONS = ["ts", "mts", "cts", "js", "mjs", "cjs", "json", "jsonc", "json5", "yaml", "yml", "toml"];

const DATA = /\.(json[c5]?|ya?ml|toml)$/;

/** From the first quote to the last, with what leads to it: `, ..."secret": abc"...`. */
const QUOTED = /[,:]? ?(?:\.\.\.)?".*"(?:\.\.\.)?/s;

/** Also what only servers use: one file is for both. An option that is missing here is a type error. */
const KEYS: readonly string[] = Object.keys({
  storage: true,
  secret: true,
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

/** The `anon.config.*` of a directory; empty when there is none, and then nothing is loaded to find that out. */
export async function readConfig(cwd: string): Promise<ConfigFile> {
  const file = EXTENSIONS.map((extension) => `anon.config.${extension}`).find((name) => existsSync(join(cwd, name)));
  if (!file) return { config: {}, file };
  const { loadConfig } = await import("c12");
  let config: unknown;
  try {
    if (file.endsWith(".jsonc")) checkJsonc(await readFile(join(cwd, file), "utf8"));
    ({ config } = await loadConfig({
      name: "anon",
      cwd,
      configFile: file,
      // this one file and nothing else: no surprises from a home directory, and nothing fetched
      rcFile: false,
      globalRc: false,
      dotenv: false,
      packageJson: false,
      extend: false,
      giget: false,
      envName: false,
      // the file's own object: merging would take a driver apart
      merger: (...sources) => sources.find((source) => source !== null && source !== undefined) ?? {},
      // the cache would stand in a directory that other users of the machine can write to
      jitiOptions: { fsCache: false },
    }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // after the first line, and in quotes, parsers of data show a piece of the file, which may be the secret
    const reason = DATA.test(file) ? message.replace(QUOTED, "").split(/[\r\n]/, 1)[0] : message;
    throw new UsageError(`Cannot load ${file}: ${reason}`, "invalid_options");
  }
  return { config: checked(config, file), file };
}

/** The parser of these files drops what it does not understand without a word: `"quarantine": 7d` would be no quarantine. */
function checkJsonc(text: string): void {
  const kept = (_: string, string?: string) => string ?? " ";
  const withoutComments = text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\r\n]*|\/\*.*?\*\//gs, kept);
  JSON.parse(withoutComments.replace(/^\ufeff/, "").replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/gs, kept));
}

/** A misspelt key must not pass for a setting: `beforeDelete` protects accounts. */
function checked(config: unknown, file: string): AnonConfig {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new UsageError(`Cannot use ${file}: it must export an object as default`, "invalid_options");
  }
  for (const key of Object.keys(config)) {
    if (KEYS.includes(key)) continue;
    const meant = nearest(key, KEYS);
    const hint = meant ? `did you mean ${meant}?` : `there are ${KEYS.join(", ")}`;
    throw new UsageError(`Cannot use ${file}: unknown key ${quote(key)}, ${hint}`, "invalid_options");
  }
  return config as AnonConfig;
}
