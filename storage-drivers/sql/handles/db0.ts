/** `Database` of db0, which Nitro and Nuxt have: the driver uses the client that is in it. */
import type { Dialect } from "../database.ts";
import { has } from "./shape.ts";

export interface Db0 {
  /** The name of the connector. */
  readonly connector: string;
  readonly dialect: string;
  sql: unknown;
  prepare: unknown;
  exec: unknown;
  /** The client of the connector. */
  getInstance(): unknown;
}

export function isDb0(client: object): client is Db0 {
  return has(client, "sql", "prepare", "exec", "getInstance") && "dialect" in client;
}

/** `null` for a dialect that the driver does not know. */
export function dialectOfDb0({ dialect }: Db0): Dialect | null {
  if (dialect === "sqlite" || dialect === "libsql") return "sqlite";
  return dialect === "postgresql" ? "postgres" : null;
}
