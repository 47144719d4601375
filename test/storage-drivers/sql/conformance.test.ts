/** By URL, and over a connection of the SQLite that the runtime has. Clients of npm packages are tested in `handles/`. */
import { after } from "node:test";
import sql from "../../../storage-drivers/sql/index.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";
import { connect, LIBRARY, newFile, removeFiles } from "../../support/sqlite.ts";
import { runSuite } from "../suite.ts";
import { runOnFiles } from "./suite.ts";

after(removeFiles);
after(stopServers);

let path = "";

runSuite("sqlite, by URL", {
  open() {
    path = newFile();
    return sql({ url: `sqlite:${path}` });
  },
  reopen: () => sql({ url: `sqlite:${path}` }),
});

runOnFiles(`sqlite, over ${LIBRARY}`, async (path) => (await connect(path)).client);

let table = "";

runSuite(
  "postgres, by URL",
  {
    async open() {
      table = uniqueTable();
      return sql({ url: await postgresUrl(), table, timeout: 10_000 });
    },
    reopen: async () => sql({ url: await postgresUrl(), table, timeout: 10_000 }),
  },
  needsPostgres("shared"),
);
