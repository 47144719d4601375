import { after } from "node:test";
import pg from "pg";
import { postgresUrl, stopServers } from "../../../support/postgres.ts";
import { runOnTables } from "../suite.ts";

const ends: (() => Promise<void>)[] = [];

after(async () => {
  await Promise.all(ends.map((end) => end()));
  await stopServers();
});

runOnTables("Pool of pg", async () => {
  const pool = new pg.Pool({ connectionString: await postgresUrl() });
  ends.push(() => pool.end());
  return pool;
});

runOnTables("Client of pg", async () => {
  const client = new pg.Client({ connectionString: await postgresUrl() });
  await client.connect();
  ends.push(() => client.end());
  return client;
});
