/** The secrets that environment variables give, for servers and the command line alike. */
import { AnonError } from "../errors.ts";

/** The variables. An empty one counts as not set. */
export interface SecretVariables {
  ANON_SECRET?: string | undefined;
  /** The path of a file with one secret a line. */
  ANON_SECRET_FILE?: string | undefined;
  /** Secrets that only verify, separated by commas or line ends. */
  ANON_SECRET_PREVIOUS?: string | undefined;
}

const MINIMUM_LENGTH = 32;
// what `anon secret` writes behind a secret
const LINE_OF_A_FILE = /\t(?:next|\d{4}-\d\d-\d\dT[\d:.]+Z)\s*(?:\n|$)/;

/**
 * The secrets: the first signs, all verify. `null` if no variable is set.
 *
 * @param readFile Returns the secrets in a file
 * @throws {AnonError} `invalid_secret`; its message has no secret
 */
export function environmentSecrets(
  { ANON_SECRET: secret, ANON_SECRET_FILE: file, ANON_SECRET_PREVIOUS }: SecretVariables,
  readFile: (path: string) => readonly string[],
): readonly string[] | null {
  const previous = previousSecrets(ANON_SECRET_PREVIOUS);
  if (secret && file) {
    throw unusable("Cannot use ANON_SECRET and ANON_SECRET_FILE together: unset one of them");
  }
  if (!secret && !file) {
    if (previous.length === 0) return null;
    throw unusable(
      "Cannot use ANON_SECRET_PREVIOUS alone: set ANON_SECRET or ANON_SECRET_FILE to the secret that signs",
    );
  }
  // as the secret itself, this text would make all tokens invalid
  if (secret && LINE_OF_A_FILE.test(secret)) {
    throw unusable(
      "Cannot use ANON_SECRET: it holds the lines of a file that anon secret wrote, unset it and set ANON_SECRET_FILE to the path of that file",
    );
  }
  if (previous.some((one) => one.length < MINIMUM_LENGTH)) {
    throw unusable(
      `Cannot use ANON_SECRET_PREVIOUS: each secret must have at least ${MINIMUM_LENGTH} characters. Commas and line ends separate them, so write one that has a comma into the file of ANON_SECRET_FILE`,
    );
  }
  return [...(secret ? [secret] : readFile(file as string)), ...previous];
}

/** The secrets in the text of `ANON_SECRET_PREVIOUS`. */
export function previousSecrets(text: string | undefined): string[] {
  return (text ?? "").split(/[,\r\n]+/).flatMap((one) => one.trim() || []);
}

function unusable(message: string): AnonError {
  return new AnonError("invalid_secret", message);
}
