/** What `admin.delete` and `admin.list` do with a condition that they do not know. */
import assert from "node:assert/strict";
import { it } from "node:test";
import memory from "../../../storage-drivers/memory.ts";
import { collect, PASSWORD, refused, setUp } from "../../support/sdk.ts";

it("deletes nothing for a condition that is misspelt or has another type", async () => {
  const { anon } = setUp(memory());
  const ada = await anon.register({ email: "ada@example.com", password: PASSWORD });
  const misread: unknown[] = [
    { onlyAnonymus: true },
    { anonymous: true },
    { filter: null },
    { filter: "anonymous" },
    { filter: { anonymus: true } },
    { filter: { inactive: "90d" } },
    { filter: { quarantined: "false" } },
    { filter: { anonymous: null } },
  ];
  for (const options of misread) await refused(anon.admin.delete(ada.id, options as object), "invalid_options");
  await refused(collect(anon.admin.list({ anonymus: true } as object)), "invalid_options");
  assert.ok(await anon.admin.get(ada.id));
  assert.equal(await anon.admin.delete(ada.id, { filter: { anonymous: true, inactiveFor: undefined } }), false);
  assert.equal(await anon.admin.delete(ada.id, { filter: { anonymous: false } }), true);
});
