/** The secret of an embedded storage: a file beside the accounts, made when it is first needed. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AnonError } from "../../sdk/errors.ts";
import type { SecretFile } from "../../sdk/storage/port.ts";
import { type Exposure, exposureOf } from "./private-file.ts";

const MINIMUM_LENGTH = 32;

/** The secret in `file`. Synchronous, because `createAnon` is. */
export function openSecretFile(file: string, { makeDirectory = false }: { makeDirectory?: boolean } = {}): SecretFile {
  return { read: () => readSecret(file), make: () => makeSecret(file, makeDirectory) };
}

function readSecret(file: string): ReturnType<SecretFile["read"]> {
  let exposure: Exposure | null;
  let text: string;
  try {
    exposure = exposureOf(file);
    if (exposure?.refused) throw unusable(`Cannot use ${file}: ${exposure.what}, or set ANON_SECRET`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof AnonError) throw error;
    if (codeOf(error) === "ENOENT") return null;
    throw unusable(`Cannot read ${file}: ${codeOf(error)}, correct its permissions or set ANON_SECRET`, error);
  }
  const secret = text.trim();
  if (secret.length < MINIMUM_LENGTH) {
    throw unusable(`Cannot use ${file}: it holds under ${MINIMUM_LENGTH} characters, restore it or set ANON_SECRET`);
  }
  return { secret, file, exposure: exposure?.what ?? null };
}

/** The file appears whole or not at all, and only once: of several processes at the same time all get the same secret. */
function makeSecret(file: string, makeDirectory: boolean): ReturnType<SecretFile["make"]> {
  const directory = dirname(file);
  const draft = `${file}.${randomBytes(9).toString("hex")}.tmp`;
  const secret = randomBytes(32).toString("base64url");
  try {
    try {
      if (makeDirectory) mkdirSync(directory, { recursive: true, mode: 0o700 });
      write(draft, `${secret}\n`);
    } catch (error) {
      const reason =
        codeOf(error) === "ENOENT" ? "there is no such directory, create it" : `${codeOf(error)}, make it writable`;
      throw unusable(`Cannot make a secret in ${directory}: ${reason} or set ANON_SECRET`, error);
    }
    try {
      linkSync(draft, file);
      return { secret, file, made: true };
    } catch (error) {
      const present = codeOf(error) === "EEXIST" ? readSecret(file) : null;
      if (present) return { secret: present.secret, file, made: false };
      throw unusable(`Cannot make ${file}: ${codeOf(error)}, set ANON_SECRET instead`, error);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function write(file: string, text: string): void {
  const handle = openSync(file, "wx", 0o600);
  try {
    writeFileSync(handle, text);
    // tokens outlive a power cut only if what signed them does
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function unusable(message: string, cause?: unknown): AnonError {
  return new AnonError("invalid_secret", message, { cause });
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? "unknown error");
}
