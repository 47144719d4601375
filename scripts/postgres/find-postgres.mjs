/** Finds a PostgreSQL for tests and benchmarks. */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { installFromDebian, onPath } from "../run/programs.mjs";

const DEBIAN = "/usr/lib/postgresql";

// The package would create a database whose server starts with the machine.
const NO_DATABASE = {
  path: "/etc/postgresql-common/createcluster.d/no-main-cluster.conf",
  text: "create_main_cluster = false\n",
};

/** `{ url }` if POSTGRES_URL is set, `{ programs }` with the folder of the server's programs, or null. */
export function findPostgres() {
  if (process.env.POSTGRES_URL) return { url: process.env.POSTGRES_URL };
  const programs = findPrograms();
  return programs === null ? null : { programs };
}

/** The folder of the server's programs, which are installed if that needs no prompt, or null. */
export function findPrograms() {
  return installedPrograms() ?? (installFromDebian("postgresql", NO_DATABASE) ? installedPrograms() : null);
}

/** The folder with `initdb`, `postgres` and the clients: Debian's newest one, or the one on the PATH; or null. */
export function installedPrograms() {
  if (serverUser() === null) return null;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const newest = versions
    .map((version) => join(DEBIAN, version, "bin"))
    .find((path) => existsSync(join(path, "initdb")));
  if (newest) return newest;
  const initdb = onPath("initdb");
  return initdb === null ? null : dirname(realpathSync(initdb));
}

/**
 * The system user that runs the server: `{}` for the current one. PostgreSQL refuses to run as root, so for root this
 * returns the `uid` and `gid` of the system user `postgres`, else of the unprivileged system user, else null.
 */
export function serverUser() {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8");
  const found = /^postgres:.*?:(\d+):(\d+):/m.exec(users) ?? /^nobody:.*?:(\d+):(\d+):/m.exec(users);
  return found && { uid: Number(found[1]), gid: Number(found[2]) };
}
