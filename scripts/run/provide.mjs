// What tests need beside a runtime: Redis servers and a browser, told them in environment variables.
import { findChromium } from "../browser/find-chromium.mjs";
import { findRedis, redisServerOnPath } from "../redis/find-redis.mjs";
import { startCluster, startRedis } from "../redis/servers.mjs";
import { tidy } from "../redis/tidy.mjs";

/** Without what they need tests skip themselves, or fail where it is required. */
function becauseOfThat(variable) {
  return process.env[variable] === "1" ? `FAIL, as ${variable}=1 asks` : "are SKIPPED";
}

/** Starts what the redis tests need; whatever is put into `servers` is to be stopped. Rejects when one does not start. */
export async function provideRedis(servers) {
  const found = findRedis();
  if (found === null) {
    const missing = "neither REDIS_URL nor redis-server nor valkey-server";
    console.log(`\n!!! NO REDIS: ${missing}; the redis tests ${becauseOfThat("ANON_REQUIRE_REDIS")} !!!\n`);
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
  // A given server is no cluster and must not be killed: for that one is started where the program for it is there.
  const redisServer = found.redisServer ?? redisServerOnPath();
  if (redisServer === null) {
    const missing = "REDIS_URL is one server, and no redis-server is on the PATH";
    const skipped = `tests of it and of failures ${becauseOfThat("ANON_REQUIRE_REDIS")}`;
    console.log(`\n!!! NO REDIS CLUSTER: ${missing}; ${skipped} !!!\n`);
    return;
  }
  const cluster = await startCluster({ masters: 3, redisServer });
  servers.push(cluster);
  process.env.ANON_TEST_REDIS_CLUSTER = cluster.url;
}

/** Finds the browser of the tests of the examples. */
export function provideBrowser() {
  const chromium = findChromium();
  if (chromium !== null) {
    process.env.ANON_TEST_CHROMIUM = chromium;
    return;
  }
  const missing = "neither CHROMIUM_PATH nor chromium nor google-chrome";
  console.log(`\n!!! NO BROWSER: ${missing}; the tests of the examples ${becauseOfThat("ANON_REQUIRE_BROWSER")} !!!\n`);
}
