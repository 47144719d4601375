import { after } from "node:test";
import { neon, Pool } from "@neondatabase/serverless";
import { startNeon } from "../../../support/neon.ts";
import { postgresUrl, stopServers } from "../../../support/postgres.ts";
import { runOnTables } from "../suite.ts";

const ends: (() => Promise<void>)[] = [];

after(async () => {
  for (const end of ends.reverse()) await end();
  await stopServers();
});

let started: Promise<string> | undefined;

/** The URL of a database whose Neon was started. The client insists on a password. */
function start(): Promise<string> {
  started ??= postgresUrl().then(async (text) => {
    const { stop } = await startNeon(text);
    ends.push(stop);
    const url = new URL(text);
    url.password ||= "none";
    return url.href;
  });
  return started;
}

runOnTables("neon()", async () => neon(await start()));

runOnTables("Pool of Neon", async () => {
  const pool = new Pool({ connectionString: await start() });
  // it also reports connections that it closes itself
  pool.on("error", () => undefined);
  ends.push(() => pool.end());
  return pool;
});
