import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAnon } from "../../sdk/create-anon.ts";
import memory from "../../storage-drivers/memory.ts";
import { descriptionOf } from "../support/described.ts";
import { readJson } from "./source-tree.ts";

describe("docs/openapi.json", () => {
  it("is what the API serves without options: npm run build && npm run openapi", async () => {
    const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
    assert.deepEqual(readJson("docs/openapi.json"), await descriptionOf(anon));
  });
});
