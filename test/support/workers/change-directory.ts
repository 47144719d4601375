/** Opens a database by a relative path, and changes the directory of the process. */
import process from "node:process";
import sql from "../../../storage-drivers/sql/index.ts";
import { input, send } from "./line.ts";

const [first, second] = input<[first: string, second: string]>();
process.chdir(first);
const driver = sql({ url: "sqlite:./accounts.db" });
await driver.swap("one", null, "a");
process.chdir(second);
await send(await driver.swap("one", "a", "b"));
await driver.dispose();
process.exit();
