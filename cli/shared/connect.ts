/** From flags, environment and file to an open `Anon`: the one place where the parts of the SDK are put together. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { AnonConfig } from "../../sdk/config.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { Context } from "./command.ts";
import { readConfig } from "./config.ts";
import { isAnonError, printable, UsageError, usage } from "./errors.ts";
import { directoryOf, missingDirectory, nameOf, type Place } from "./place.ts";

/**
 * What a command needs.
 *
 * - `create`: a storage and a secret; both are made if they are not there
 * - `sign`: a storage, and a secret to sign a token with, which is made if it is not there
 * - `verify`: a storage and a secret that exist
 * - `token`: a secret that exists
 * - `none`: a storage
 */
export type Use = "create" | "sign" | "verify" | "token" | "none";

/** An open storage with its settings. */
export interface Opened {
  anon: Anon;
  config: AnonConfig;
  place: Place;
}

/** Opens, uses and closes. */
export async function withAnon<T>(context: Context, use: Use, action: (opened: Opened) => Promise<T>): Promise<T> {
  const { env, cwd } = context.io;
  // before anything of the application's is loaded
  await context.io.claimStdout();
  if (env.ANON_SECRET) context.hidden.push(env.ANON_SECRET);
  const { config, file = "anon.config" } = await readConfig(cwd);
  const configured = env.ANON_SECRET || config.secret;
  // whatever else a file may hold there is refused below
  context.hidden.push(...[configured].flat().filter((one) => typeof one === "string"));
  const { createAnon } = await import("../../sdk/index.ts");
  const chosen = context.storage ?? (env.ANON_STORAGE || config.storage) ?? "fs:.anon";
  const chosenBy = context.storage ? "--storage" : env.ANON_STORAGE ? "ANON_STORAGE" : file;
  const storage = await blaming({}, chosenBy, () => (typeof chosen === "string" ? openStorage(chosen) : chosen));
  const directory = directoryOf(chosen);
  // a misspelt path must neither make a storage nor look like an empty one
  const isMissing =
    use !== "create" && !(use === "token" && configured) && directory !== null && !existsSync(resolve(cwd, directory));
  const secret = configured || (await ownSecret(context, storage, isMissing ? "none" : use));
  const signedBy = env.ANON_SECRET ? "ANON_SECRET" : file;
  const anon: Anon = await blaming({ invalid_secret: signedBy }, file, () =>
    createAnon({ ...config, storage, secret }),
  );
  if (isMissing) throw missingDirectory(resolve(cwd, directory));
  const collections = config.collections ? Object.keys(config.collections) : null;
  const place: Place = { storage: nameOf(chosen, directory && resolve(cwd, directory)), collections };
  try {
    return await action({ anon, config, place });
  } finally {
    await anon.dispose();
  }
}

/** What the SDK refuses of the settings is wrong usage, and says where it was set. */
async function blaming<T>(by: Record<string, string>, otherwise: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isAnonError(error) ? usage(error, by[error.code] ?? otherwise) : error;
  }
}

type OpenStorage = NonNullable<Exclude<AnonConfig["storage"], string>>;

async function openStorage(url: string): Promise<OpenStorage> {
  const { open } = await import("../../storage-drivers/open.ts");
  return open(url);
}

async function ownSecret(context: Context, storage: OpenStorage, use: Use): Promise<string> {
  // signs nothing that leaves the process, and no token was made with it
  const throwaway = randomBytes(32).toString("hex");
  if (use === "none") return throwaway;
  const kept = "secretFile" in storage ? storage.secretFile : undefined;
  if (!kept) {
    throw new UsageError(
      "Cannot work with tokens without a secret: set ANON_SECRET to at least 32 characters, for example from `openssl rand -base64 33`",
      "invalid_secret",
    );
  }
  const present = kept.read();
  if (present !== null) {
    const { secret, file, exposure } = present;
    if (exposure) await context.messages.info(`The secret in ${printable(file)}: ${exposure}`);
    context.hidden.push(secret);
    return secret;
  }
  if (use === "verify" || use === "token") return throwaway;
  const { secret, file, made } = kept.make();
  context.hidden.push(secret);
  if (made) await context.messages.info(`Made a secret in ${file}: keep it, tokens are worth nothing without it`);
  return secret;
}
