import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { readPocketBase } from "../../../cli/importers/pocketbase.ts";
import { removeFiles } from "../../support/sqlite.ts";
import { GOOGLE, POCKETBASE_HASH, pocketBaseFile } from "./databases.ts";
import { readAll } from "./support.ts";

after(removeFiles);

describe("PocketBase", () => {
  for (const version of ["0.22", "0.23"] as const) {
    it(`reads an auth collection of ${version} with its identities, and not those of another`, async () => {
      const url = `sqlite:${await pocketBaseFile(version)}`;
      const { accounts } = await readAll(readPocketBase(url, { fields: ["avatar"] }));
      assert.deepEqual(accounts, [
        {
          id: "k3v9x0q2m7t1c5z",
          email: "ada@example.com",
          username: "ada",
          verified: true,
          created: "2024-05-06T07:08:09.123Z",
          updated: "2024-05-07T07:08:09.123Z",
          passwordHash: POCKETBASE_HASH,
          identities: [{ provider: "google", subject: GOOGLE, linked: "2024-05-06T07:08:09.123Z" }],
          fields: { name: "Ada", avatar: "ada.png" },
        },
      ]);
      const staff = await readAll(readPocketBase(url, { table: "staff", fields: [] }));
      assert.deepEqual(staff.accounts[0]?.identities, [{ provider: "github", subject: "583231" }]);
    });
  }

  it("says that accounts of a collection with MFA have a second factor", async () => {
    const url = `sqlite:${await pocketBaseFile("0.23")}`;
    const { withSecondFactor } = await readAll(readPocketBase(url, { table: "staff", fields: [] }));
    assert.deepEqual(withSecondFactor, ["k3v9x0q2m7t1c5z"]);
    assert.deepEqual((await readAll(readPocketBase(url, { fields: [] }))).withSecondFactor, []);
  });

  it("refuses a collection that holds no accounts, and one that is not there", async () => {
    const url = `sqlite:${await pocketBaseFile("0.23")}`;
    for (const table of ["posts", "nowhere", 'a"b']) {
      await assert.rejects(readAll(readPocketBase(url, { table, fields: [] })), /Cannot find the auth collection/);
    }
  });
});
