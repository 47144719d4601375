import assert from "node:assert/strict";
import { it } from "node:test";
import { testFramework } from "./support/flow.ts";

testFramework("react-router", { types: "npx react-router typegen && npx tsc" }, (app) => {
  it("shows the message of an error in a boundary that shows only the status text, without scripts too", async () => {
    const body = new URLSearchParams({ do: "convert", email: "ada@example.com", password: "correct horse" });
    const response = await fetch(`${app().url}/account`, { method: "POST", headers: { origin: app().url }, body });
    assert.equal(response.status, 401);
    assert.match(await response.text(), /401(<!-- -->| )+The request requires valid record authorization token/);
  });
});
