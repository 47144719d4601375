/** Files of SQLite, and connections to them by the library of this runtime. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { SqlClient } from "../../storage-drivers/sql/index.ts";

/** A connection as an application has one. */
export interface Connection {
  /** `DatabaseSync` of node:sqlite, or `Database` of bun:sqlite. */
  client: SqlClient;
  exec(sql: string): void;
  all(sql: string): Record<string, unknown>[];
  close(): void;
}

/** The name of the library that `connect` uses. */
export const LIBRARY: string = process.versions.bun ? "bun:sqlite" : "node:sqlite";

const opened: Connection[] = [];
let root: string | undefined;
let count = 0;

/** The path of a file that does not exist, in a directory that does. */
export function newFile(): string {
  return join(newDirectory(), "accounts.db");
}

/** An empty directory. */
export function newDirectory(): string {
  root ??= mkdtempSync(join(tmpdir(), "anon-sqlite-"));
  return mkdtempSync(join(root, `${count++}-`));
}

export async function connect(path: string): Promise<Connection> {
  const connection = await (process.versions.bun ? byBun(path) : byNode(path));
  opened.push(connection);
  return connection;
}

async function byBun(path: string): Promise<Connection> {
  const library = "bun:sqlite";
  const { Database } = (await import(library)) as typeof import("bun:sqlite");
  const client = new Database(path);
  return {
    client,
    exec: (sql) => void client.run(sql),
    all: (sql) => client.query(sql).all() as Record<string, unknown>[],
    close: () => client.close(),
  };
}

async function byNode(path: string): Promise<Connection> {
  const { DatabaseSync } = await import("node:sqlite");
  const client = new DatabaseSync(path);
  let isOpen = true;
  return {
    client,
    exec: (sql) => client.exec(sql),
    all: (sql) => client.prepare(sql).all() as Record<string, unknown>[],
    close() {
      if (isOpen) client.close();
      isOpen = false;
    },
  };
}

/** Closes every connection, and removes the files. */
export function removeFiles(): void {
  for (const connection of opened.splice(0)) connection.close();
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
  root = undefined;
}
