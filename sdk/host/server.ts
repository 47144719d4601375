/**
 * What only servers have: environment variables, files, and storage by URL. A bundle for an edge holds `edge.ts` instead, by
 * the conditions of `#host` in package.json.
 */
import { openSecretFile } from "../../storage-drivers/shared/secret-file.ts";
import { parseStorageUrl, secretPathOf } from "../../storage-drivers/shared/storage-url.ts";
import type { AnonOptions } from "../contract/options.ts";
import { AnonError } from "../errors.ts";
import { type DriverHandle, handleOfLate } from "../storage/driver-handle.ts";
import type { SecretFile } from "../storage/port.ts";
import { environmentSecrets } from "../tokens/environment-secrets.ts";
import { loadDrivers } from "./drivers.ts";

/**
 * The storage of a URL, whose driver is loaded when it is first needed.
 *
 * @throws {AnonError} `invalid_storage_url`, `unknown_storage_scheme` or `invalid_options`
 */
export function storageOf(url: string, drivers: AnonOptions["drivers"]): DriverHandle {
  const path = secretPathOf(parseStorageUrl(url, drivers));
  const isFs = /^fs:/i.test(url);
  const file = path === null ? null : fileOf(path, isFs);
  return handleOfLate(
    async () => (await loadDrivers()).open(url, { drivers: drivers ?? undefined }),
    file ?? undefined,
  );
}

/** The storage that `ANON_STORAGE` names. */
export function environmentStorage(): string | undefined {
  return variable("ANON_STORAGE") || undefined;
}

/**
 * The secrets that the environment gives if the application gave none, or only `ANON_SECRET`: `ANON_SECRET_PREVIOUS` must not be
 * without effect in an application that passes `process.env.ANON_SECRET`.
 *
 * @throws {AnonError} `invalid_secret`
 */
export function secretOf(given: AnonOptions["secret"]): AnonOptions["secret"] {
  const ANON_SECRET = variable("ANON_SECRET");
  if (given !== undefined && given !== ANON_SECRET) return given;
  const [ANON_SECRET_FILE, ANON_SECRET_PREVIOUS] = ["ANON_SECRET_FILE", "ANON_SECRET_PREVIOUS"].map(variable);
  return environmentSecrets({ ANON_SECRET, ANON_SECRET_FILE, ANON_SECRET_PREVIOUS }, readFile) ?? given;
}

function readFile(path: string): readonly string[] {
  const file = fileOf(path, false);
  const present = file?.read();
  if (present) return present.secrets;
  const reason = file ? "there is no such file" : "this runtime has no files, pass `secret`";
  throw new AnonError("invalid_secret", `Cannot read ${path} (ANON_SECRET_FILE): ${reason}`);
}

/** `null` where a runtime has no files. They are not imported: that would fail in an isolate that has none. */
function fileOf(path: string, makeDirectory: boolean): SecretFile | null {
  const fs = globalThis.process?.getBuiltinModule?.("node:fs");
  return fs ? openSecretFile(fs, path, { makeDirectory }) : null;
}

/** Deno asks on the terminal before it reads a variable without permission, so that is not tried. */
function variable(name: string): string | undefined {
  const { Deno: deno } = globalThis as {
    Deno?: { permissions?: { querySync?: (descriptor: { name: string; variable: string }) => { state: string } } };
  };
  const { state = "granted" } = deno?.permissions?.querySync?.({ name: "env", variable: name }) ?? {};
  return state === "granted" ? globalThis.process?.env?.[name] : undefined;
}
