import { after } from "node:test";
import postgres from "postgres";
import { postgresUrl, stopServers } from "../../../support/postgres.ts";
import { runOnTables } from "../suite.ts";

let end = async (): Promise<void> => undefined;

after(async () => {
  await end();
  await stopServers();
});

runOnTables("postgres.js", async () => {
  const client = postgres(await postgresUrl(), { onnotice: () => undefined });
  end = () => client.end();
  return client;
});
