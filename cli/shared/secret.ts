/** The secret of an embedded storage: a file beside the accounts, made when it is first needed. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { AnonError } from "../../sdk/errors.ts";
import { exposureOf } from "../../storage-drivers/fs/private-file.ts";

const MINIMUM_LENGTH = 32;

/** The secret kept in a storage directory, or `null` when none was made yet. */
export async function readSecret(directory: string): Promise<string | null> {
  const file = join(directory, "secret");
  let text: string;
  try {
    const exposure = exposureOf(file);
    if (exposure?.refused) throw unusable(`Cannot use ${file}: ${exposure.what}, or set ANON_SECRET`);
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof AnonError) throw error;
    if (codeOf(error) === "ENOENT") return null;
    throw unusable(`Cannot read ${file}: ${codeOf(error)}, correct its permissions or set ANON_SECRET`, error);
  }
  const secret = text.trim();
  if (secret.length < MINIMUM_LENGTH) {
    throw unusable(`Cannot use ${file}: it holds under ${MINIMUM_LENGTH} characters, restore it or set ANON_SECRET`);
  }
  return secret;
}

/**
 * Makes the secret of a storage directory. The file appears whole or not at all, and only once: of several processes
 * that start at the same time one makes it, and all answer the same.
 */
export async function makeSecret(directory: string): Promise<{ secret: string; file: string; made: boolean }> {
  const file = join(directory, "secret");
  const draft = join(directory, `secret.${randomBytes(9).toString("hex")}.tmp`);
  const secret = randomBytes(32).toString("base64url");
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await write(draft, `${secret}\n`);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw unusable(
      `Cannot make a secret in ${directory}: ${codeOf(error)}, make it writable or set ANON_SECRET`,
      error,
    );
  }
  try {
    await link(draft, file);
    return { secret, file, made: true };
  } catch (error) {
    if (codeOf(error) !== "EEXIST") {
      throw unusable(`Cannot make ${file}: ${codeOf(error)}, set ANON_SECRET instead`, error);
    }
    return { secret: (await readSecret(directory)) ?? secret, file, made: false };
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
    // tokens outlive a power cut only if what signed them does
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unusable(message: string, cause?: unknown): AnonError {
  return new AnonError("invalid_secret", message, { cause });
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? "unknown error");
}
