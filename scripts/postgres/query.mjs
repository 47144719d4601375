/** Sends SQL to a PostgreSQL server without a client library. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { onPath } from "../run/programs.mjs";
import { installedPrograms } from "./find-postgres.mjs";

/** Resolves with the rows, one a line and with `|` between columns; rejects with the server's error after at most 20 s. */
export async function query(url, sql) {
  const programs = installedPrograms();
  const psql = programs === null ? onPath("psql") : join(programs, "psql");
  if (psql === null) throw new Error("Cannot send SQL: no psql is on the PATH");
  const options = ["--no-psqlrc", "--no-password", "--tuples-only", "--no-align", "--quiet"];
  const { stdout } = await promisify(execFile)(
    psql,
    [...options, "--set=ON_ERROR_STOP=1", `--dbname=${url}`, `--command=${sql}`],
    { timeout: 20_000, env: { ...process.env, PGCONNECT_TIMEOUT: "5" } },
  ).catch(({ message, stderr }) => {
    throw new Error(stderr?.trim() || message);
  });
  return stdout.trim();
}
