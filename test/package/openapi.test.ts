import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAnon } from "../../sdk/create-anon.ts";
import memory from "../../storage-drivers/memory.ts";
import { descriptionOf } from "../support/described.ts";
import { withServiceTokens } from "../support/service-keys.ts";
import { readJson } from "./source-tree.ts";

describe("docs/openapi.json", () => {
  it("is what the API serves with serviceTokens alone: npm run build && npm run openapi", async () => {
    const secret = "a secret of at least 32 characters!";
    const anon = createAnon({ storage: memory(), secret, ...withServiceTokens() });
    assert.deepEqual(readJson("docs/openapi.json"), await descriptionOf(anon));
  });
});
