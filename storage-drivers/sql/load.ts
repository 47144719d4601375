/**
 * The best client that is installed for a URL. Nothing of Node is imported before it is used: a bundle for Workers holds
 * this file too.
 */
import type { ConnectionOptions } from "node:tls";
import { DriverError } from "../shared/driver-error.ts";
import type { Database, LocalConnection, PostgresConnection } from "./database.ts";
import { type BetterSqlite3, connectBetterSqlite3 } from "./handles/better-sqlite3.ts";
import { connectBunSqlite } from "./handles/bun-sqlite.ts";
import type { ConnectSettings } from "./handles/connect.ts";
import { connectNodeSqlite } from "./handles/node-sqlite.ts";
import { connectPgPool } from "./handles/pg.ts";
import { connectPostgresJs } from "./handles/postgres-js.ts";
import { openPostgres } from "./postgres/open.ts";
import type { PostgresLocation } from "./postgres/url.ts";
import { toDriverError } from "./sqlite/errors.ts";
import { BLOCKING_MS, openLocal, unlessBusy } from "./sqlite/local.ts";
import { untilNotBusy } from "./sqlite/until-not-busy.ts";

const IN_MEMORY = ":memory:";

/**
 * For the rows "sign-in, sqlite" and "gc of 100,000 of 1,000,000, sqlite": ids are random, so every write is on another page
 * of the index of keys. Pages are written back to the file after 32 MB of WAL, not 4, and 24 MB of them stay in memory.
 */
const TUNING = ["PRAGMA wal_autocheckpoint = 8000", "PRAGMA cache_size = -24000"];

/**
 * Opens a SQLite file. A file that does not exist is made for a write, with access for its owner alone, and is `null` for
 * a read.
 *
 * @throws {DriverError} `invalid_option` without a library, `unavailable` without its directory, `denied`, `corrupt`
 */
export async function openSqliteFile(
  path: string,
  forWrite: boolean,
  settings: ConnectSettings,
): Promise<Database | null> {
  const isFile = path !== IN_MEMORY;
  if (isFile && !(await hasFile(path, forWrite, settings.where))) return null;
  let connection: LocalConnection | undefined;
  try {
    const opened = await connectSqlite(path);
    connection = opened;
    // before anything that takes a lock, such as the change to WAL
    opened.exec(`PRAGMA busy_timeout = ${BLOCKING_MS}`);
    // these read the file, which another process may be changing to WAL
    await untilNotBusy(settings, () =>
      unlessBusy(() => {
        for (const pragma of ["PRAGMA synchronous = NORMAL", ...TUNING]) opened.exec(pragma);
      }),
    );
    return openLocal(opened, { ...settings, isOwn: true, ...(isFile && { isInPlace: await watch(path) }) });
  } catch (error) {
    // the next call opens another one
    connection?.close();
    if (isFile && !(await isReadable(path))) {
      throw new DriverError(
        "denied",
        `Cannot use SQLite at ${settings.where}: this user has no right to read the file, correct its permissions`,
        { cause: error },
      );
    }
    throw toDriverError(error, settings.where);
  }
}

async function isReadable(path: string): Promise<boolean> {
  const { accessSync, constants } = await builtin<typeof import("node:fs")>("node:fs");
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
}

/** Returns a function that says whether the file that is at this path now is still there. */
async function watch(path: string): Promise<() => boolean> {
  const { statSync } = await builtin<typeof import("node:fs")>("node:fs");
  const { resolve } = await builtin<typeof import("node:path")>("node:path");
  // the directory of the process may change
  const absolute = resolve(path);
  const { dev, ino } = statSync(absolute);
  return () => {
    const now = statSync(absolute, { throwIfNoEntry: false });
    return now?.ino === ino && now.dev === dev;
  };
}

/** Whether the file exists; for a write it is made. */
async function hasFile(path: string, forWrite: boolean, where: string): Promise<boolean> {
  const { closeSync, existsSync, openSync } = await builtin<typeof import("node:fs")>("node:fs");
  const { dirname, resolve } = await builtin<typeof import("node:path")>("node:path");
  if (existsSync(path)) return true;
  if (!forWrite) return false;
  const directory = dirname(resolve(path));
  if (!existsSync(directory)) {
    throw new DriverError(
      "unavailable",
      `Cannot use SQLite at ${where}: there is no directory ${directory}, create it`,
    );
  }
  try {
    // the files of WAL get the same permissions
    closeSync(openSync(path, "a", 0o600));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isDenied = code === "EACCES" || code === "EPERM" || code === "EROFS";
    throw new DriverError(
      isDenied ? "denied" : code === "ENOSPC" || code === "EDQUOT" ? "full" : "unavailable",
      `Cannot make the SQLite file ${where}: ${code}`,
      { cause: error },
    );
  }
}

async function connectSqlite(path: string): Promise<LocalConnection> {
  if (process.versions.bun) {
    const { Database } = await builtin<typeof import("bun:sqlite")>("bun:sqlite");
    return connectBunSqlite(new Database(path));
  }
  const better = process.versions.deno ? null : await openBetterSqlite3(path);
  if (better) return connectBetterSqlite3(better);
  const sqlite = process.getBuiltinModule?.("node:sqlite");
  if (sqlite) return connectNodeSqlite(new sqlite.DatabaseSync(path));
  throw new DriverError(
    "unavailable",
    `Cannot open a SQLite file: Node ${process.versions.node} has no node:sqlite, run \`npm install better-sqlite3@12\` or use Node 22.13 or newer`,
  );
}

/** `null` where better-sqlite3 is not installed, or not for this Node. */
async function openBetterSqlite3(path: string): Promise<BetterSqlite3 | null> {
  const { createRequire } = await builtin<typeof import("node:module")>("node:module");
  const require = createRequire(import.meta.url);
  try {
    const { version } = require("better-sqlite3/package.json") as { version: string };
    // version 13 crashes Node 20
    if (Number.parseInt(version, 10) > 12 && Number.parseInt(process.versions.node, 10) < 22) return null;
    const Database = require("better-sqlite3") as new (path: string) => BetterSqlite3;
    return new Database(path);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    const isMissing = code === "MODULE_NOT_FOUND" || code === "ERR_DLOPEN_FAILED" || /bindings file/.test(message);
    if (isMissing) return null;
    throw error;
  }
}

/** Connects to PostgreSQL by pg, or by postgres.js if only that is installed. */
export async function openPostgresServer(
  location: PostgresLocation,
  connections: number,
  settings: ConnectSettings,
): Promise<Database> {
  return openPostgres(await connectPostgres(location, connections, settings.timeout), settings);
}

async function connectPostgres(
  location: PostgresLocation,
  connections: number,
  timeout: number,
): Promise<PostgresConnection> {
  const { host, port, database, user, password, options, applicationName } = location;
  const ssl = await tlsOf(location);
  // Bundlers leave these two literals as they are: webpack and Vite by their comments, esbuild because of the second
  // argument. File tracers and JSR read them.
  const pg = await installed(() => import(/* webpackIgnore: true */ /* @vite-ignore */ "pg", undefined));
  if (pg) {
    const { Pool } = pg.default ?? pg;
    const pool = new Pool({
      host,
      port,
      database,
      user,
      password,
      ssl,
      options,
      application_name: applicationName,
      max: connections,
      connectionTimeoutMillis: timeout,
      allowExitOnIdle: true,
      keepAlive: true,
    });
    // a connection that breaks while it is idle is only replaced
    pool.on("error", () => undefined);
    return connectPgPool(pool);
  }
  const postgresJs = await installed(() => import(/* webpackIgnore: true */ /* @vite-ignore */ "postgres", undefined));
  if (postgresJs) {
    const connection: Record<string, string> = { application_name: applicationName };
    if (options !== undefined) connection.options = options;
    const sql = postgresJs.default({
      host,
      port,
      database,
      username: user,
      password,
      ssl,
      max: connections,
      connect_timeout: timeout / 1_000,
      prepare: false,
      fetch_types: false,
      // the driver pauses itself between attempts; in seconds, and up to 20 by default
      backoff: () => 0.1,
      // an open connection keeps the process alive, and pg closes idle ones after so many seconds too
      idle_timeout: 10,
      onnotice: () => undefined,
      connection,
    });
    return connectPostgresJs(sql);
  }
  throw new DriverError("unavailable", "Cannot use PostgreSQL without its client: npm install pg");
}

async function tlsOf({ host, sslMode, sslRootCert }: PostgresLocation): Promise<ConnectionOptions | false> {
  if (sslMode === "disable") return false;
  // without it some clients verify the name `localhost` where the host is an address
  const options: ConnectionOptions = { host };
  if (sslRootCert !== undefined) options.ca = await readAuthority(sslRootCert);
  if (sslMode === "require") return { ...options, rejectUnauthorized: false };
  return sslMode === "verify-ca" ? { ...options, checkServerIdentity: () => undefined } : options;
}

async function readAuthority(path: string): Promise<string> {
  const { readFileSync } = await builtin<typeof import("node:fs")>("node:fs");
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DriverError("invalid_option", `Cannot read the sslrootcert ${path}: ${code}, correct the URL`);
  }
}

/** Both clients are optional peers: an application with another storage installs neither. */
async function installed<T>(load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    return null;
  }
}

/** A module of the runtime. Bundlers do not resolve a name that is a variable, and so do not import it at the start. */
function builtin<T>(specifier: string): Promise<T> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ specifier) as Promise<T>;
}
