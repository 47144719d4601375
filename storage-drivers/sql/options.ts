/** What the driver accepts. */
import type { Guarantee } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";
import type { Database, Dialect } from "./database.ts";
import { type ConnectSettings, kindOf, type SqlClient } from "./handles/connect.ts";
import { type Names, namesOf } from "./names.ts";
import { parsePostgresUrl } from "./postgres/url.ts";

/** Options of the sql driver. Either `url` or `client` says where. */
export interface SqlDriverOptions {
  /** `sqlite:./accounts.db`, `sqlite::memory:`, or `postgres://user:password@host:port/database?sslmode=verify-full`. */
  url?: string;
  /**
   * A client of your own: `DatabaseSync` of node:sqlite, `Database` of bun:sqlite or better-sqlite3, a client of libSQL, a
   * D1 database, `Pool` or `Client` of pg, postgres.js, PGlite, Neon, or a db0 `Database`. `dispose` leaves it open.
   */
  client?: SqlClient;
  /** The table of the accounts, on PostgreSQL optionally with its schema: `auth.accounts`. Default `anon_accounts`. */
  table?: string;
  /** How long a call may take, connecting and waiting for other writers included, in milliseconds, up to a day. Default 5000. */
  timeout?: number;
  /** The most connections to a PostgreSQL of `url`. Default 10. */
  connections?: number;
  /**
   * What a SQLite in this process flushes to disk before it is acknowledged: everything (`disk`), what the caller asks to be
   * durable (`registered`, the default), or nothing (`os`). Every choice survives the death of processes; this is about
   * power. Servers have settings of their own.
   */
  durability?: "disk" | "registered" | "os";
}

/** A timer fires at once from 2^31 on, and some wait for a little longer than the timeout. */
const MAX_TIMEOUT_MS = 86_400_000;

/** The options, checked. */
export interface Plan {
  dialect: Dialect;
  guarantee: Guarantee;
  names: Names;
  /** For messages; never with a password. */
  where: string;
  /** The file of SQLite, if it is one that a URL names. */
  file: string | undefined;
  timeout: number;
  /** `null` if `forWrite` is false and there is nothing to open yet. */
  open(forWrite: boolean): Promise<Database | null>;
  /** Whether the driver opens the client, and so closes it. */
  isOwn: boolean;
}

/** @throws {DriverError} `invalid_option` */
export function plan(options: SqlDriverOptions): Plan {
  const {
    url,
    client,
    table = "anon_accounts",
    timeout = 5_000,
    connections = 10,
    durability = "registered",
  } = options;
  const names = namesOf(table);
  if (!Number.isSafeInteger(timeout) || timeout < 1 || timeout > MAX_TIMEOUT_MS) {
    throw invalid(`Cannot use the timeout ${timeout}: use a positive integer of milliseconds, up to a day`);
  }
  if (!Number.isSafeInteger(connections) || connections < 1) {
    throw invalid(`Cannot use ${connections} connections: use a positive integer`);
  }
  if (!["disk", "registered", "os"].includes(durability)) {
    throw invalid(`Cannot use durability "${durability}": use disk, registered or os`);
  }
  if ((url === undefined) === (client === undefined)) {
    throw invalid("Cannot choose a database: give either url or client");
  }
  const common = { names, timeout };
  if (url === undefined) {
    const { dialect, guarantee, open } = kindOf(client);
    if (dialect === "sqlite") checkHasNoSchema(table);
    const settings: ConnectSettings = { where: "the given client", timeout, durability };
    return {
      ...common,
      dialect,
      guarantee,
      where: settings.where,
      file: undefined,
      open: async () => open(settings),
      isOwn: false,
    };
  }
  if (/^sqlite:/i.test(url)) {
    const path = parseSqliteUrl(url);
    checkHasNoSchema(table);
    const settings: ConnectSettings = { where: path, timeout, durability };
    return {
      ...common,
      dialect: "sqlite",
      guarantee: path === ":memory:" ? "process" : "host",
      where: path,
      file: path === ":memory:" ? undefined : path,
      open: async (forWrite) => (await import("./load.ts")).openSqliteFile(path, forWrite, settings),
      isOwn: true,
    };
  }
  const location = parsePostgresUrl(url);
  const where = `${location.host}:${location.port}/${location.database ?? ""}`;
  const settings: ConnectSettings = { where, timeout, durability };
  return {
    ...common,
    dialect: "postgres",
    guarantee: "cluster",
    where,
    file: undefined,
    open: async () => (await import("./load.ts")).openPostgresServer(location, connections, settings),
    isOwn: true,
  };
}

/** An index in an attached database would have to be named otherwise, and the tables would be found elsewhere. */
function checkHasNoSchema(table: string): void {
  if (table.includes(".")) throw invalid(`Cannot use the table ${table} on SQLite: use a name without a schema`);
}

/** A path after `sqlite:`, `sqlite://` for an absolute one too. */
function parseSqliteUrl(url: string): string {
  const rest = url.slice("sqlite:".length);
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  // some libraries read `file:` as the scheme of another URL, and some trim the path: each would open another file
  if (path === "" || path !== path.trim() || /^(?:file:|\/\/)|[\0?#]/i.test(path)) {
    throw invalid(
      "Cannot use this URL of SQLite: use sqlite:./accounts.db, sqlite:/srv/accounts.db or sqlite::memory:",
    );
  }
  return path;
}

function invalid(message: string): DriverError {
  return new DriverError("invalid_option", message);
}
