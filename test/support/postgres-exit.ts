/** A process that uses a PostgreSQL and does not dispose of its driver. */
import process from "node:process";
import sql, { type SqlDriverOptions } from "../../storage-drivers/sql/index.ts";

const storage = sql(JSON.parse(process.argv.at(-1)!) as SqlDriverOptions);
await storage.swap("a", null, "1");
console.log(JSON.stringify(await storage.read("a")));
