/** The PostgreSQL servers of a test: passed by the test script, or started here. */
import { randomBytes } from "node:crypto";
import process from "node:process";
import { installedPrograms } from "../../scripts/postgres/find-postgres.mjs";
import { query } from "../../scripts/postgres/query.mjs";
import { type Server, startPostgres, startStandby } from "../../scripts/postgres/servers.mjs";
import { needs, type TestOptions } from "./needs.ts";

/** A server that the test started and may kill. */
export type PostgresServer = Server;

/** A hot standby, which refuses writes until it is promoted. */
export type Standby = Awaited<ReturnType<typeof startStandby>>;

const canStart = installedPrograms() !== null;
const given = process.env.ANON_TEST_POSTGRES_URL;

/** The server that a test uses: its own, to kill and reconfigure, or a shared one. */
export type Kind = "own" | "shared";

/** Whether such a server is available. With `ANON_REQUIRE_POSTGRES=1` it returns true, so that tests without a server fail. */
export function hasPostgres(kind: Kind): boolean {
  return canStart || (kind === "shared" && given !== undefined) || process.env.ANON_REQUIRE_POSTGRES === "1";
}

/** Options of a test that needs such a server. */
export function needsPostgres(kind: Kind, options: { timeout?: number } = {}): TestOptions {
  return needs(hasPostgres(kind), "no programs of a PostgreSQL server, or no user to run them", options);
}

const started: { stop(): Promise<void> }[] = [];

/** The URL of a shared server. Use tables of `uniqueTable`. */
export async function postgresUrl(): Promise<string> {
  return given ?? (await ownPostgres()).url;
}

/**
 * Starts a server for one test, which may kill and reconfigure it. `icuLocale` is the locale that texts are sorted by, such as
 * `en-US`; by default they are sorted by bytes. `files` are written to the data directory.
 */
export async function ownPostgres(
  args: string[] = [],
  options: { icuLocale?: string; files?: Record<string, string> } = {},
): Promise<PostgresServer> {
  const server = await startPostgres({ args, ...options });
  started.push(server);
  return server;
}

/** Starts a hot standby of a server of `ownPostgres`. */
export async function ownStandby(primary: PostgresServer, args: string[] = []): Promise<Standby> {
  const standby = await startStandby(primary, { args });
  started.push(standby);
  return standby;
}

/** Stops every server that was started here. */
export async function stopServers(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.stop()));
}

// the test script drops tables, views and schemas with this prefix from a server that it did not start
const RUN = process.env.ANON_TEST_RUN ?? `test${randomBytes(4).toString("hex")}`;

/** The name of a table that no other test uses. Names of views and indexes must begin with it too. */
export function uniqueTable(): string {
  return `${RUN}_${randomBytes(6).toString("hex")}`;
}

/** A URL of a schema that no other test uses, for tests that cannot choose a table. */
export async function uniqueSchemaUrl(url?: string): Promise<string> {
  const server = url ?? (await postgresUrl());
  const schema = uniqueTable();
  await query(server, `CREATE SCHEMA ${schema}`);
  return `${server}${server.includes("?") ? "&" : "?"}options=${encodeURIComponent(`-c search_path=${schema}`)}`;
}
