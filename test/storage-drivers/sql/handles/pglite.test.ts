import { after } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { runOnTables } from "../suite.ts";

// it takes seconds to start
const database = await PGlite.create();
after(() => database.close());

runOnTables("PGlite", () => database, {});
