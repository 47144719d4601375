/** The secrets of a command: those of the environment, then of the configuration, then of the storage's own file. */
import * as fs from "node:fs";
import { resolve } from "node:path";
import type { AnonConfig } from "../../sdk/config.ts";
import { environmentSecrets, previousSecrets } from "../../sdk/tokens/environment-secrets.ts";
import type { Context } from "./command.ts";
import type { Setting } from "./config.ts";
import { isAnonError, printable, UsageError } from "./errors.ts";

/**
 * What a command needs.
 *
 * - `create`: a storage and a secret; both are made if missing
 * - `sign`: a storage, and a secret to sign a token with, which is made if missing
 * - `verify`: a storage and a secret that exist
 * - `token`: a secret that exists
 * - `none`: a storage
 * - `schema`: a storage that may be missing
 * - `fill`: a storage, which is made if missing
 */
export type Use = "create" | "sign" | "verify" | "token" | "none" | "schema" | "fill";

export type OpenStorage = NonNullable<Exclude<AnonConfig["storage"], string>>;

/** The secrets of the environment, which are hidden from now on; `null` if it gives none. */
export async function environmentSecretsOf(
  { io: { env, cwd }, hidden, messages }: Context,
  use: Use,
): Promise<Setting<readonly string[]> | null> {
  if (!env.ANON_SECRET && !env.ANON_SECRET_FILE && !env.ANON_SECRET_PREVIOUS) return null;
  for (const text of [env.ANON_SECRET, env.ANON_SECRET_PREVIOUS]) if (text) hidden.push(text);
  hidden.push(...previousSecrets(env.ANON_SECRET_PREVIOUS));
  const { openSecretFile } = await import("../../storage-drivers/shared/secret-file.ts");
  let notice: string | undefined;
  const readFile = (path: string): readonly string[] => {
    // a command that signs nothing may run as a user who cannot read the file
    if (signsNothing(use)) return [throwaway()];
    const present = openSecretFile(fs, resolve(cwd, path)).read();
    if (!present)
      throw new UsageError(
        `Cannot read ${printable(path)} (ANON_SECRET_FILE): there is no such file`,
        "invalid_secret",
      );
    hidden.push(...present.secrets);
    if (present.exposure) notice = `The secret in ${printable(path)}: ${present.exposure}`;
    return present.secrets;
  };
  const from = env.ANON_SECRET ? "ANON_SECRET" : "ANON_SECRET_FILE";
  try {
    const value = environmentSecrets(env, readFile);
    if (notice !== undefined) await messages.info(notice);
    return value && { value, from };
  } catch (error) {
    if (isAnonError(error)) throw new UsageError(error.message, error.code);
    throw error;
  }
}

/** The secrets that the storage keeps. They are made if the command may sign with them. */
export async function ownSecrets(context: Context, storage: OpenStorage, use: Use): Promise<readonly string[]> {
  if (signsNothing(use)) return [throwaway()];
  const kept = "secretFile" in storage ? storage.secretFile : undefined;
  if (!kept) {
    throw new UsageError(
      "Cannot work with tokens without a secret: set ANON_SECRET to at least 32 characters, for example from `openssl rand -base64 33`",
      "invalid_secret",
    );
  }
  const present = kept.read();
  if (present !== null) {
    const { secrets, file, exposure } = present;
    context.hidden.push(...secrets);
    if (exposure) await context.messages.info(`The secret in ${printable(file)}: ${exposure}`);
    return secrets;
  }
  if (use === "verify" || use === "token") return [throwaway()];
  const { secrets, file, made } = kept.make();
  context.hidden.push(...secrets);
  if (made) await context.messages.info(`Made a secret in ${file}: keep it, all tokens are invalid without it`);
  return secrets;
}

function signsNothing(use: Use): boolean {
  return use === "none" || use === "schema" || use === "fill";
}

/** It signs nothing that leaves the process, and no token was made with it. */
function throwaway(): string {
  return crypto.randomUUID() + crypto.randomUUID();
}
