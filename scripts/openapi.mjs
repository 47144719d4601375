// npm run openapi: writes docs/openapi.json, the description that the API of the built package serves with `serviceTokens`
// and otherwise by default.
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAnon } from "../dist/sdk/index.js";
import memory from "../dist/storage-drivers/memory.js";
import { root } from "./run/tree.mjs";

const { privateKey } = generateKeyPairSync("ed25519");
const key = { kid: "one", alg: "EdDSA", ...privateKey.export({ format: "jwk" }) };
const anon = createAnon({
  storage: memory(),
  secret: "a secret of at least 32 characters!",
  serviceTokens: { issuer: "http://localhost", keys: { keys: [key] } },
});
const response = await anon.handler(new Request("http://localhost/api/openapi.json"));
writeFileSync(join(root, "docs", "openapi.json"), `${JSON.stringify(await response.json(), null, 2)}\n`);
