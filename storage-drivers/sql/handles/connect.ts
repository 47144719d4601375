/** Which kind of client it is, and its connection. */
import type { Guarantee } from "../../../sdk/storage/port.ts";
import { DriverError } from "../../shared/driver-error.ts";
import type { Database, Dialect } from "../database.ts";
import { openPostgres } from "../postgres/open.ts";
import { type Durability, openLocal } from "../sqlite/local.ts";
import { openRemote } from "../sqlite/remote.ts";
import { type BetterSqlite3, connectBetterSqlite3, isBetterSqlite3 } from "./better-sqlite3.ts";
import { type BunSqlite, connectBunSqlite, isBunSqlite } from "./bun-sqlite.ts";
import { connectD1, type D1, isD1 } from "./d1.ts";
import { type Db0, dialectOfDb0, isDb0 } from "./db0.ts";
import { connectLibsql, isLibsql, type Libsql } from "./libsql.ts";
import { connectNeon, isNeon, type Neon } from "./neon.ts";
import { connectNodeSqlite, isNodeSqlite, type NodeSqlite } from "./node-sqlite.ts";
import {
  connectPgClient,
  connectPgPool,
  isPgClient,
  isPgPool,
  type PgClient,
  type PgPool,
  requireTransactionStatus,
} from "./pg.ts";
import { connectPGlite, isPGlite, type PGlite } from "./pglite.ts";
import { connectPostgresJs, isPostgresJs, type PostgresJs } from "./postgres-js.ts";

/** A client that the driver can use. */
export type SqlClient =
  | NodeSqlite
  | BunSqlite
  | BetterSqlite3
  | Libsql
  | D1
  | PgPool
  | PgClient
  | PostgresJs
  | PGlite
  | Neon
  | Db0;

export interface ConnectSettings {
  where: string;
  timeout: number;
  durability: Durability;
}

/** A kind of client: its dialect, and how the driver opens it. */
export interface Kind {
  dialect: Dialect;
  guarantee: Guarantee;
  open(settings: ConnectSettings): Database | Promise<Database>;
}

const ACCEPTED =
  "DatabaseSync of node:sqlite, Database of bun:sqlite or better-sqlite3, a client of libSQL, a D1 database, Pool or Client of pg, postgres.js, PGlite, Neon or db0";

/** @throws {DriverError} `invalid_option` for anything else */
export function kindOf(client: unknown): Kind {
  const kind = (typeof client === "object" || typeof client === "function") && client !== null && find(client);
  if (kind) return kind;
  throw new DriverError("invalid_option", `Cannot use this client: pass ${ACCEPTED}`);
}

function find(client: object): Kind | null {
  const local = (connection: () => Parameters<typeof openLocal>[0]): Kind => ({
    dialect: "sqlite",
    guarantee: "host",
    open: (settings) => openLocal(connection(), { ...settings, isOwn: false }),
  });
  const remote = (guarantee: Guarantee, connection: () => Parameters<typeof openRemote>[0]): Kind => ({
    dialect: "sqlite",
    guarantee,
    open: (settings) => openRemote(connection(), settings),
  });
  const postgres = (connection: () => Parameters<typeof openPostgres>[0]): Kind => ({
    dialect: "postgres",
    guarantee: "cluster",
    open: (settings) => openPostgres(connection(), settings),
  });
  if (isDb0(client)) return ofDb0(client);
  if (isBetterSqlite3(client)) return local(() => connectBetterSqlite3(client));
  if (isBunSqlite(client)) return local(() => connectBunSqlite(client));
  if (isNodeSqlite(client)) return local(() => connectNodeSqlite(client));
  if (isLibsql(client)) return remote(client.protocol === "file" ? "host" : "cluster", () => connectLibsql(client));
  if (isD1(client)) return remote("cluster", () => connectD1(client));
  if (isPgPool(client)) return postgres(() => connectPgPool(client));
  if (isPgClient(client)) {
    requireTransactionStatus(client);
    return postgres(() => connectPgClient(client));
  }
  if (isPGlite(client)) return postgres(() => connectPGlite(client));
  if (isPostgresJs(client)) return postgres(() => connectPostgresJs(client));
  if (isNeon(client)) return postgres(() => connectNeon(client));
  return null;
}

function ofDb0(database: Db0): Kind | null {
  const dialect = dialectOfDb0(database);
  return (
    dialect && {
      dialect,
      // a client of libSQL may be a file
      guarantee: dialect === "postgres" || database.connector === "cloudflare-d1" ? "cluster" : "host",
      async open(settings) {
        const kind = kindOf(await database.getInstance());
        return await kind.open(settings);
      },
    }
  );
}
