// npm run openapi: writes docs/openapi.json, the description that the API of the built package serves by default.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAnon } from "../dist/sdk/index.js";
import memory from "../dist/storage-drivers/memory.js";
import { root } from "./run/tree.mjs";

const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
const response = await anon.handler(new Request("http://localhost/api/openapi.json"));
writeFileSync(join(root, "docs", "openapi.json"), `${JSON.stringify(await response.json(), null, 2)}\n`);
