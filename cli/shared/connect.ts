/** Opens an `Anon` from flags, environment and configuration file. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { AnonConfig } from "../../sdk/config.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { HookFailure } from "../../sdk/contract/hooks.ts";
import type { AtomicDriver } from "../../storage-drivers/open.ts";
import { secretsOf } from "../../storage-drivers/shared/url-secrets.ts";
import type { Context } from "./command.ts";
import { readConfig, settingsOf } from "./config.ts";
import { blaming, printable, redact, UsageError } from "./errors.ts";
import { checkLasting, type LocalPlace, localPlaceOf, missing, nameOf, type Place, realPath } from "./place.ts";
import { environmentSecretsOf, type OpenStorage, ownSecrets, type Use } from "./secrets.ts";

/** An open storage with its settings. */
export interface Opened {
  anon: Anon;
  config: AnonConfig;
  place: Place;
  storage: OpenStorage;
}

/** Opens the storage, runs `action` and closes the storage. */
export async function withAnon<T>(context: Context, use: Use, action: (opened: Opened) => Promise<T>): Promise<T> {
  const { env, cwd } = context.io;
  // before code of the application is loaded
  await context.io.claimStdout();
  const given = await environmentSecretsOf(context, use);
  const configuration = await readConfig(context.config, context.io);
  const { config, file = "anon.config" } = configuration;
  const { drivers, ...options } = config;
  const settings = settingsOf(context.storage, env.ANON_STORAGE, given, configuration);
  const configured = settings.secret.value;
  // `createAnon` refuses a secret that is no string
  context.hidden.push(...[configured].flat().filter((one) => typeof one === "string"));
  const { createAnon } = await import("../../sdk/index.ts");
  const chosen = settings.storage.value;
  // the calls of a driver of `drivers` may quote its URL in their errors
  if (drivers && typeof chosen === "string") context.hidden.push(...secretsOf(chosen));
  const storage = await blaming(
    (code) => (code === "invalid_options" ? file : code === "storage_unavailable" ? undefined : settings.storage.from),
    async () =>
      typeof chosen === "string" ? (await import("../../storage-drivers/open.ts")).open(chosen, { drivers }) : chosen,
  );
  const local = localPlaceOf(chosen);
  const path = local && resolve(cwd, local.path);
  const mayBeMissing = ["create", "schema", "fill"].includes(use) || (use === "token" && configured);
  const isMissing = !mayBeMissing && path !== null && !existsSync(path);
  const secret = configured || (await ownSecrets(context, storage, isMissing ? "none" : use));
  const anon: Anon = await blaming(
    (code) => (code === "invalid_secret" ? settings.secret.from : file),
    () => createAnon({ onError: reasons(context), ...options, storage, secret }),
  );
  if (isMissing) throw missing({ ...local, path } as LocalPlace);
  const collections = config.collections ? Object.keys(config.collections) : null;
  const place: Place = { storage: nameOf(chosen, path), collections };
  const { messages } = context;
  await messages.debug(`Configuration: ${printable(configuration.file ?? "none")}`);
  await messages.debug(`Storage: ${printable(place.storage)}`);
  const began = performance.now();
  try {
    return await action({ anon, config, place, storage });
  } finally {
    await anon.dispose();
    await messages.debug(`Took ${((performance.now() - began) / 1000).toFixed(3)} s`);
  }
}

/** So many different failures of hooks are shown. */
const SHOWN_FAILURES = 5;

/** Shows why hooks failed: a report only counts the accounts. */
function reasons({ messages, hidden }: Context): (failure: HookFailure) => void {
  const shown = new Set<string>();
  return ({ hook, error }) => {
    const reason = error instanceof Error ? error.message : String(error);
    const text = printable(redact(`${hook} failed: ${reason}`, hidden));
    // the service of gc reports its runs itself
    if (hook === "scheduleGc" || shown.has(text) || shown.size === SHOWN_FAILURES) return;
    shown.add(text);
    void messages.error(text);
  };
}

/**
 * Opens the storage that a command writes to beside its own.
 *
 * @throws {UsageError} for the same storage, and for one that vanishes with the process
 */
export async function openTarget(
  context: Context,
  url: string,
  source: OpenStorage,
  { drivers }: AnonConfig,
): Promise<AtomicDriver> {
  context.hidden.push(...secretsOf(url));
  const target = await blaming(
    (code) => (code === "storage_unavailable" ? undefined : "--to"),
    async () => (await import("../../storage-drivers/open.ts")).open(url, { drivers }),
  );
  checkLasting("copy to", target);
  if (isSame(source as Partial<AtomicDriver>, target, context.io.cwd)) {
    throw new UsageError("Cannot copy a storage to itself: --to names the storage that this command reads");
  }
  return target;
}

/** Whether both keep their data in the same place, as far as their options tell. */
function isSame(one: Partial<AtomicDriver>, other: Partial<AtomicDriver>, cwd: string): boolean {
  const placeOf = ({ name, options }: Partial<AtomicDriver>): string => {
    const { base, file, where, table } = (options ?? {}) as Record<string, unknown>;
    const real = (path: unknown) => (typeof path === "string" ? realPath(resolve(cwd, path)) : path);
    return JSON.stringify([name, name === "fs" ? real(base) : base, real(file), where, table]);
  };
  return one.options !== undefined && placeOf(one) === placeOf(other);
}
