/** What PostgreSQL and its clients report. */
import { DriverError, type DriverErrorCode } from "../../shared/driver-error.ts";
import { NotSent } from "../database.ts";

/** SQLSTATE, or its class of two characters, and what it means for the caller. */
const MEANINGS: Readonly<Record<string, readonly [DriverErrorCode, string]>> = {
  "42501": ["denied", "the user has no right to do this; grant it, or run the output of `anon schema` as the owner"],
  "28000": ["denied", "correct the user name, the password or pg_hba.conf"],
  "28P01": ["denied", "correct the user name or the password"],
  "3D000": ["invalid_option", "the database does not exist; create it or correct the URL"],
  "3F000": ["invalid_option", "the schema of the table does not exist; create it or correct `table`"],
  "25006": ["denied", "the server is a read-only standby; connect to the primary"],
  "53100": ["full", "the disk of the server is full; make room"],
  "53200": ["unavailable", "the server is out of memory"],
  "53300": [
    "unavailable",
    "the server has no connection left; use fewer `connections`, a pooler, or raise max_connections",
  ],
  "54000": ["invalid_value", "the key or the value is larger than PostgreSQL allows; store less"],
  "57014": ["unavailable", "the server canceled the statement: statement_timeout is too short, or an operator did it"],
  "57P01": ["unavailable", "the server is shutting down; a write may have happened"],
  "57P02": ["unavailable", "the server crashed; a write may have happened"],
  "57P03": ["unavailable", "the server is starting up or shutting down"],
  "40001": ["unavailable", "too many transactions change the same accounts"],
  "40P01": ["unavailable", "too many transactions change the same accounts"],
  XX001: ["corrupt", "the table is damaged; restore a backup"],
  XX002: ["corrupt", "an index is damaged; run REINDEX"],
};

/** A statement that failed so was rolled back as a whole, and can succeed if it is executed again. */
const WORTH_REPEATING = ["40001", "40P01", "53300", "57P03", "25006"];

export function sqlStateOf(error: unknown): string | null {
  const cause = error instanceof NotSent ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

export function isMissingTable(error: unknown): boolean {
  return sqlStateOf(error) === "42P01";
}

/**
 * Whether the statement can be sent again. A write only if it was certainly not executed; a read also after the
 * connection broke.
 */
export function mayRepeat(error: unknown, isRead: boolean): boolean {
  if (error instanceof DriverError) return false;
  const state = sqlStateOf(error);
  if (state !== null && WORTH_REPEATING.includes(state)) return true;
  if (state !== null) return isRead && /^57P0[12]$/.test(state);
  return (error instanceof NotSent && isOutage(error.cause)) || (isRead && isOutage(error));
}

/** Names of errors of the system and of clients for which another attempt helps: nothing listens yet, or a connection broke. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") {
    return /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|CONNECTION_\w+|CONNECT_TIMEOUT)$/.test(
      code,
    );
  }
  return /connection|terminated|socket|closed/i.test(error.message);
}

/**
 * The DriverError for a failed statement. It shows no detail of the server, which may quote values, and the original is left
 * behind: clients attach the values to it.
 */
export function toDriverError(error: unknown, where: string): DriverError {
  if (error instanceof DriverError) return error;
  const state = sqlStateOf(error);
  const [code, advice] = (state !== null && MEANINGS[state]) || [];
  if (code) return new DriverError(code, `Cannot use PostgreSQL at ${where}: ${advice} (${state})`);
  const cause = error instanceof NotSent ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || (cause as { code?: unknown }).code : String(cause);
  const doubt = error instanceof NotSent || state !== null ? "" : "; a write may have happened";
  return new DriverError("unavailable", `Cannot use PostgreSQL at ${where}: ${reason}${doubt}`);
}
