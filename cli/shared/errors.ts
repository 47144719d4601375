/** Failures: what is shown of them, and the exit code. */

/** Wrong usage: an unknown flag or command, or a bad value. Exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  /** `usage`, or the code of the SDK's refusal of the value. */
  readonly code: string;

  constructor(message: string, code = "usage") {
    super(message);
    this.code = code;
  }
}

/** Ctrl-C at a prompt. Exit code 130. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
}

/** The SDK's refusals of a value that do not depend on what is stored: wrong usage, not failures. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  "invalid_duration",
  "invalid_collection",
  "unknown_collection",
  "invalid_storage_url",
  "unknown_storage_scheme",
  "invalid_email",
  "reserved_email",
  "invalid_username",
  "reserved_username",
  "weak_password",
  "invalid_data",
  "reserved_field",
  "record_too_large",
]);

/** Everything up to the colon before what is accepted. A colon in quotes belongs to the value. */
const REFUSED = /^Cannot (?:[^":]|:(?! )|"(?:[^"\\]|\\.)*")*(?=: )/;

/** Runs `action`. What the SDK refuses of a value is wrong usage: `source` names the flag, variable or file of the value. */
export async function blaming<T>(
  source: (code: string) => string | undefined,
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const from = isAnonError(error) ? source(error.code) : undefined;
    throw isAnonError(error) && from !== undefined ? usage(error, from) : error;
  }
}

/** A refusal by the SDK as wrong usage that names where the value came from. */
export function usage({ code, message }: { code: string; message: string }, where: string): UsageError {
  const refused = REFUSED.exec(message)?.[0] ?? message;
  return new UsageError(`${refused} (${where})${message.slice(refused.length)}`, code);
}

/** For what the SDK refuses as options: of a copy or a load it is wrong usage. */
export function optionsAsUsage(error: unknown): never {
  throw isAnonError(error) && error.code === "invalid_options" ? new UsageError(error.message, error.code) : error;
}

/** An error of the SDK, by name: a configuration file may load another copy of the package, with a class of its own. */
export function isAnonError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && error.name === "AnonError" && "code" in error;
}

/** A failure, ready to be shown. */
export interface Failure {
  code: string;
  message: string;
  exitCode: 1 | 2 | 130;
}

/** What to show of anything thrown. */
export function describe(error: unknown, hidden: readonly string[]): Failure {
  if (error instanceof Interrupted) return { code: "interrupted", message: "Interrupted", exitCode: 130 };
  const message = printable(redact(error instanceof Error ? error.message : String(error), hidden));
  if (error instanceof UsageError) return { code: error.code, message, exitCode: 2 };
  if (isAnonError(error)) return { code: error.code, message, exitCode: USAGE_CODES.has(error.code) ? 2 : 1 };
  return { code: "unexpected", message: `Cannot finish: ${message || "unknown error"}`, exitCode: 1 };
}

// shorter secrets are refused, and may be parts of words: the gaps in a message would reveal them
const SHORTEST_SECRET = 8;

/** The text without the given secrets and without the user and password of any URL. */
export function redact(text: string, hidden: readonly string[]): string {
  let safe = text;
  for (const secret of hidden) if (secret.length >= SHORTEST_SECRET) safe = safe.replaceAll(secret, "***");
  // to the last @ before a space or quote: a password may have an @ or a slash
  return safe.replace(/(\w:\/\/)[^\s"'`]*@/g, "$1***@");
}

/** The text on one line, without characters that a terminal obeys. */
export function printable(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd");
}

/** A typed name in quotes, on one line and at most 60 characters long. */
export function quote(text: string): string {
  const safe = printable(text);
  return `"${safe.length > 60 ? `${safe.slice(0, 60)}…` : safe}"`;
}
