/** What PostgreSQL and its clients report. */
import { DriverError, type DriverErrorCode } from "../../shared/driver-error.ts";
import { NotSent } from "../database.ts";

/** What a SQLSTATE means for the caller. */
const MEANINGS: Readonly<Record<string, readonly [DriverErrorCode, string]>> = {
  "42501": ["denied", "the user has no right to do this; grant it, or run the output of `anon schema` as the owner"],
  "28000": ["denied", "correct the user name, the password or pg_hba.conf"],
  "28P01": ["denied", "correct the user name or the password"],
  "3D000": ["invalid_option", "the database does not exist; create it or correct the URL"],
  "3F000": ["invalid_option", "the schema of the table does not exist; create it or correct `table`"],
  "25006": ["denied", "the server is read-only, as a standby is; connect to the primary"],
  "53100": ["full", "the disk of the server is full; make room"],
  "53200": ["unavailable", "the server is out of memory"],
  "53300": [
    "unavailable",
    "the server has no connection left; use fewer `connections`, a pooler, or raise max_connections",
  ],
  "54000": ["invalid_value", "the key or the value is larger than PostgreSQL allows; store less"],
  "57014": ["unavailable", "the server canceled the statement: statement_timeout is too short, or an operator did it"],
  "55P03": ["unavailable", "another transaction holds these accounts for longer than lock_timeout"],
  "57P01": ["unavailable", "the server shut down, or an operator ended the connection"],
  "57P02": ["unavailable", "the server crashed"],
  "57P05": ["unavailable", "the server closed a connection that was idle for idle_session_timeout"],
  "57P03": ["unavailable", "the server is starting up or shutting down"],
  "40001": ["unavailable", "too many transactions change the same accounts"],
  "40P01": ["unavailable", "too many transactions change the same accounts"],
  XX001: ["corrupt", "the table is damaged; restore a backup"],
  XX002: ["corrupt", "an index is damaged; run REINDEX"],
};

/** A statement that failed so was rolled back as a whole, and can succeed if it is executed again. */
const WORTH_REPEATING = ["40001", "40P01", "53300", "57P03", "25006"];

/** The SQLSTATE of an error of the server. No class begins with E, as names of system errors such as EPIPE do. */
export function sqlStateOf(error: unknown): string | null {
  const cause = error instanceof NotSent ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : null;
}

/**
 * Whether a state is of the connection and not of the statement, which may have been executed: a pooler's 08, or 57P01,
 * 57P02 and 57P05 of a server that ends a session.
 */
function isOfConnection(state: string): boolean {
  return /^(?:08...|57P0[125])$/.test(state);
}

/**
 * Whether the statement can be sent again. A write only if it was certainly not executed; a read also after the
 * connection broke.
 */
export function mayRepeat(error: unknown, isRead: boolean): boolean {
  if (error instanceof DriverError) return false;
  const isCertain = isRead || error instanceof NotSent;
  const state = sqlStateOf(error);
  if (state === null) return isCertain && isOutage(error instanceof NotSent ? error.cause : error);
  return WORTH_REPEATING.includes(state) || (isCertain && isOfConnection(state));
}

/** Errors of the system and of clients for which another attempt helps: nothing listens yet, or a connection broke. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") {
    return /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|CONNECTION_(?:CLOSED|DESTROYED)|CONNECT_TIMEOUT)$/.test(
      code,
    );
  }
  return /^Connection terminated|^a connection came back|timeout/.test(error.message);
}

/**
 * The DriverError for a failed statement. It shows no text of the server but those about names, because others may quote
 * values, and the original is left behind: clients attach the values to it.
 */
export function toDriverError(error: unknown, where: string): DriverError {
  if (error instanceof DriverError) return error;
  const state = sqlStateOf(error);
  const isUncertain = !(error instanceof NotSent) && (state === null || isOfConnection(state));
  const [code, advice] = (state !== null && MEANINGS[state]) || meaningOf(error, state);
  const doubt = isUncertain ? "; a write may have happened" : "";
  return new DriverError(
    code,
    `Cannot use PostgreSQL at ${where}: ${advice}${doubt}${state === null ? "" : ` (${state})`}`,
  );
}

function meaningOf(error: unknown, state: string | null): readonly [DriverErrorCode, string] {
  const cause = error instanceof NotSent ? error.cause : error;
  if (cause === undefined) return ["unavailable", "it had no free connection in time"];
  const { message, code } = cause as { message?: string; code?: string };
  if (state === null && message !== undefined) {
    if (/password must be a/.test(message)) return ["denied", "the server asks for a password, and the URL has none"];
    if (/CERT|SELF_SIGNED|^UNABLE_TO/.test(code ?? "")) {
      return ["denied", `its certificate is not trusted, ${message}; set sslrootcert or correct the host (${code})`];
    }
    return ["unavailable", message || String(code)];
  }
  if (state?.startsWith("08")) return ["unavailable", "the connection broke, or a pooler has none to the server"];
  // of class 42 are mistakes in the SQL, whose texts quote names
  if (state?.startsWith("42")) return ["unavailable", String(message)];
  return ["unavailable", "the server refused the statement, its log says why"];
}
