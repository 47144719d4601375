/** A file. For a server of libSQL there is a program, but no npm package that has it. */
import { after } from "node:test";
import { type Client, createClient } from "@libsql/client";
import { removeFiles } from "../../../support/sqlite.ts";
import { runOnFiles } from "../suite.ts";

const clients: Client[] = [];

after(() => {
  for (const client of clients) client.close();
  removeFiles();
});

runOnFiles("@libsql/client", (path) => {
  const client = createClient({ url: `file:${path}` });
  clients.push(client);
  return client;
});
