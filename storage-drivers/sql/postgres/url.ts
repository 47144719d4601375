/** The URL of a PostgreSQL server, as libpq reads it. */
import { DriverError } from "../../shared/driver-error.ts";

export type SslMode = "disable" | "require" | "verify-ca" | "verify-full";

/** Where the server is, and how to connect. What is `undefined` has the default of the client. */
export interface PostgresLocation {
  /** A name, an address, or the directory of a Unix socket. */
  host: string;
  port: number;
  database: string | undefined;
  user: string | undefined;
  password: string | undefined;
  /** `require` encrypts and does not check whom it talks to. */
  sslMode: SslMode;
  /** The file with the certificates that the server's may be signed by; only if that is verified. */
  sslRootCert: string | undefined;
  /** Command-line options of the session, such as `-c search_path=auth`. */
  options: string | undefined;
  applicationName: string;
}

// the CLI hides what is between // and @
const FORM = "use postgres://host:port/database, with user:password@ before the host";
const ESCAPE = `${FORM}; write a @ / ? # or % of a password as %40 %2F %3F %23 or %25`;
const SSL_MODES: readonly string[] = ["disable", "require", "verify-ca", "verify-full"] satisfies SslMode[];
/** `channel_binding` and `connect_timeout` are in the URLs of providers; the driver's own timeout applies. */
const PARAMETERS = [
  "sslmode",
  "sslrootcert",
  "host",
  "options",
  "application_name",
  "channel_binding",
  "connect_timeout",
];

/** @throws {DriverError} `invalid_option`, without the URL, which may hold a password */
export function parsePostgresUrl(text: string): PostgresLocation {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong(ESCAPE);
  }
  if (!/^postgres(?:ql)?:\/\//i.test(text)) throw wrong(FORM);
  // it may be the rest of a password, which no message may show
  if (url.hash !== "" || url.pathname.includes("@")) throw wrong(ESCAPE);
  const parameters = url.searchParams;
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) throw wrong(`it has an unknown parameter, use ${PARAMETERS.join(", ")}`);
  }
  const sslMode = parameters.get("sslmode") ?? "disable";
  if (!SSL_MODES.includes(sslMode)) throw wrong(`use one of ${SSL_MODES.join(", ")} as sslmode`);
  const sslRootCert = parameters.get("sslrootcert") ?? undefined;
  // no certificate would be checked, although the URL says by which
  if (sslRootCert !== undefined && !sslMode.startsWith("verify-")) {
    throw wrong("it has an sslrootcert, use sslmode=verify-full or verify-ca with it");
  }
  const host = parameters.get("host") ?? (decoded(url.hostname).replace(/^\[|\]$/g, "") || "localhost");
  if (host.includes(",")) throw wrong("it has several hosts, use one");
  return {
    host,
    port: Number(url.port || 5432),
    database: decoded(url.pathname.slice(1)) || undefined,
    user: decoded(url.username) || undefined,
    password: decoded(url.password) || undefined,
    sslMode: sslMode as SslMode,
    sslRootCert,
    options: parameters.get("options") ?? undefined,
    applicationName: parameters.get("application_name") ?? "anon-accounts",
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong("it has a % that encodes nothing, write %25");
  }
}

function wrong(why: string): DriverError {
  return new DriverError("invalid_option", `Cannot use this URL of PostgreSQL: ${why}`);
}
