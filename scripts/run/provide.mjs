// Provides the servers and the browser of the tests, which environment variables pass to them.
import { findChromium } from "../browser/find-chromium.mjs";
import { findPostgres, installedPrograms } from "../postgres/find-postgres.mjs";
import { startPostgres } from "../postgres/servers.mjs";
import { tidy as tidyPostgres } from "../postgres/tidy.mjs";
import { findPython } from "../python/find-python.mjs";
import { findRedis, redisServerOnPath } from "../redis/find-redis.mjs";
import { startCluster, startRedis } from "../redis/servers.mjs";
import { tidy } from "../redis/tidy.mjs";
import { findShells } from "../shells/find-shells.mjs";

/** Says whether tests without what they need are skipped, or fail because `variable` requires it. */
function consequence(variable) {
  return process.env[variable] === "1" ? `FAIL, because ${variable}=1 requires it` : "are SKIPPED";
}

/** Starts the servers of the redis tests, and adds to `servers` those that must be stopped. Rejects if one does not start. */
export async function provideRedis(servers) {
  const found = findRedis();
  if (found === null) {
    const missing = "neither REDIS_URL nor redis-server nor valkey-server was found";
    console.log(`\n!!! NO REDIS: ${missing}; the redis tests ${consequence("ANON_REQUIRE_REDIS")} !!!\n`);
    return;
  }
  if (found.url) {
    process.env.ANON_TEST_REDIS_URL = found.url;
    servers.push({ stop: () => tidy(found.url, process.env.ANON_TEST_RUN) });
  } else {
    const single = await startRedis(found);
    servers.push(single);
    process.env.ANON_TEST_REDIS_URL = single.url;
  }
  // The server of REDIS_URL is not a cluster and must not be killed, so a cluster is started if the program is installed.
  const redisServer = found.redisServer ?? redisServerOnPath();
  if (redisServer === null) {
    const missing = "REDIS_URL is one server, and no redis-server is on the PATH";
    const skipped = `tests of clusters and of failures ${consequence("ANON_REQUIRE_REDIS")}`;
    console.log(`\n!!! NO REDIS CLUSTER: ${missing}; ${skipped} !!!\n`);
    return;
  }
  const cluster = await startCluster({ masters: 3, redisServer });
  servers.push(cluster);
  process.env.ANON_TEST_REDIS_CLUSTER = cluster.url;
}

/** Starts the server of the PostgreSQL tests, and adds it to `servers`, which must be stopped. Rejects if it does not start. */
export async function providePostgres(servers) {
  const found = findPostgres();
  if (found === null) {
    const missing = "neither POSTGRES_URL nor a PostgreSQL server, and a user to run it, was found";
    console.log(`\n!!! NO POSTGRES: ${missing}; its tests ${consequence("ANON_REQUIRE_POSTGRES")} !!!\n`);
    return;
  }
  if (!found.url) {
    const server = await startPostgres(found);
    servers.push(server);
    process.env.ANON_TEST_POSTGRES_URL = server.url;
    return;
  }
  process.env.ANON_TEST_POSTGRES_URL = found.url;
  servers.push({ stop: () => tidyPostgres(found.url, process.env.ANON_TEST_RUN) });
  // The server of POSTGRES_URL must not be killed.
  if (installedPrograms() !== null) return;
  const missing = "POSTGRES_URL is given, and no PostgreSQL server is installed";
  const skipped = `tests of failures ${consequence("ANON_REQUIRE_POSTGRES")}`;
  console.log(`\n!!! NO POSTGRES TO KILL: ${missing}; ${skipped} !!!\n`);
}

/** Finds the browser for the tests of the examples. */
export function provideBrowser() {
  const chromium = findChromium();
  if (chromium !== null) {
    process.env.ANON_TEST_CHROMIUM = chromium;
    return;
  }
  const missing = "neither CHROMIUM_PATH nor chromium nor google-chrome was found";
  console.log(`\n!!! NO BROWSER: ${missing}; the tests of the examples ${consequence("ANON_REQUIRE_BROWSER")} !!!\n`);
}

/** Finds the Python that verifies service tokens. */
export function providePython() {
  const python = findPython();
  if (python !== null) {
    process.env.ANON_TEST_PYTHON = python;
    return;
  }
  console.log(
    `\n!!! NO PYTHON with PyJWT and cryptography was found; its tests ${consequence("ANON_REQUIRE_PYTHON")} !!!\n`,
  );
}

/** Finds the shells whose completions are tried. */
export function provideShells() {
  const shells = findShells();
  if (shells !== null) {
    process.env.ANON_TEST_SHELLS = JSON.stringify(shells);
    return;
  }
  const missing = "bash with bash-completion, zsh and fish were not all found";
  console.log(`\n!!! NO SHELLS: ${missing}; the tests of completions ${consequence("ANON_REQUIRE_SHELLS")} !!!\n`);
}
