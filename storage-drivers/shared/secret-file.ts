/**
 * A file with secrets, one a line: the first signs, all verify. The secret of an embedded storage is such a file, made when it is
 * first needed, and so is `ANON_SECRET_FILE`.
 *
 * After a secret and a tab may stand since when it signs, or `next` for one that is to sign after the next rotation.
 */
import { AnonError } from "../../sdk/errors.ts";
import type { SecretFile } from "../../sdk/storage/port.ts";
import { type Exposure, exposureOf, type NodeFs } from "./private-file.ts";

const MINIMUM_LENGTH = 32;
const LINE = /^(.*?)(?:\t(next|\d{4}-\d\d-\d\dT[\d:.]+Z))?$/;

/** A line of the file. */
export interface KeptSecret {
  secret: string;
  /** Since when it signs, as an ISO date; `next` for one that does not sign yet; `null` if that is unknown. */
  since: string | null;
}

/** What a file holds. `exposure` says who else may read it. */
export interface KeptSecrets {
  kept: readonly [KeptSecret, ...KeptSecret[]];
  exposure: string | null;
}

/** The secrets in `file`. Synchronous, because `createAnon` is. */
export function openSecretFile(
  fs: NodeFs,
  file: string,
  { makeDirectory = false }: { makeDirectory?: boolean } = {},
): SecretFile {
  const read: SecretFile["read"] = () => {
    const present = readSecrets(fs, file);
    return present && { secrets: present.kept.map(({ secret }) => secret), file, exposure: present.exposure };
  };
  return { read, make: () => makeSecret(fs, file, makeDirectory, read) };
}

/**
 * What the file holds; `null` if there is no file.
 *
 * @throws AnonError `invalid_secret`
 */
export function readSecrets(fs: NodeFs, file: string): KeptSecrets | null {
  let exposure: Exposure | null;
  let text: string;
  let written: string;
  try {
    exposure = exposureOf(fs, file);
    if (exposure?.refused) throw unusable(`Cannot use ${file}: ${exposure.what}, or set ANON_SECRET`);
    text = fs.readFileSync(file, "utf8");
    written = fs.statSync(file).mtime.toISOString();
  } catch (error) {
    if (error instanceof AnonError) throw error;
    if (codeOf(error) === "ENOENT") return null;
    throw unusable(`Cannot read ${file}: ${codeOf(error)}, correct its permissions or set ANON_SECRET`, error);
  }
  const lines = text.split(/[\r\n]+/).flatMap((line) => line.trim() || []);
  const kept = lines.map((line): KeptSecret => {
    const [, secret = "", since] = LINE.exec(line) ?? [];
    if (secret.length >= MINIMUM_LENGTH) return { secret, since: since ?? (lines.length === 1 ? written : null) };
    const what = lines.length === 1 ? "it holds" : "one of its lines has";
    throw unusable(`Cannot use ${file}: ${what} under ${MINIMUM_LENGTH} characters, restore it or set ANON_SECRET`);
  });
  const [first, ...others] = kept;
  if (!first) throw unusable(`Cannot use ${file}: it is empty, restore it or set ANON_SECRET`);
  return { kept: [first, ...others], exposure: exposure?.what ?? null };
}

/** The file appears whole or not at all, and only once: of several processes at the same time all get the same secret. */
function makeSecret(
  fs: NodeFs,
  file: string,
  makeDirectory: boolean,
  read: SecretFile["read"],
): ReturnType<SecretFile["make"]> {
  const directory = /^(.*)[/\\]/s.exec(file)?.[1] ?? ".";
  const draft = draftOf(file);
  const secret = newSecret();
  try {
    try {
      if (makeDirectory) fs.mkdirSync(directory || "/", { recursive: true, mode: 0o700 });
      write(fs, draft, `${secret}\n`);
    } catch (error) {
      const reason =
        codeOf(error) === "ENOENT" ? "there is no such directory, create it" : `${codeOf(error)}, make it writable`;
      throw unusable(`Cannot make a secret in ${directory}: ${reason} or set ANON_SECRET`, error);
    }
    try {
      fs.linkSync(draft, file);
      return { secrets: [secret], file, made: true };
    } catch (error) {
      const present = codeOf(error) === "EEXIST" ? read() : null;
      if (present) return { secrets: present.secrets, file, made: false };
      throw unusable(`Cannot make ${file}: ${codeOf(error)}, set ANON_SECRET instead`, error);
    }
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

export function draftOf(file: string): string {
  return `${file}.${crypto.randomUUID()}.tmp`;
}

export function write(fs: NodeFs, file: string, text: string): void {
  const handle = fs.openSync(file, "wx", 0o600);
  try {
    fs.writeFileSync(handle, text);
    // tokens outlive a power cut only if what signed them does
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

export function unusable(message: string, cause?: unknown): AnonError {
  return new AnonError("invalid_secret", message, { cause });
}

export function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? "unknown error");
}
