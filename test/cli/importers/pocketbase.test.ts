import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { readPocketBase } from "../../../cli/importers/pocketbase.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";
import { readAll } from "./support.ts";

after(removeFiles);

const HASH = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

/** The tables of a version: columns were renamed in 0.23. */
const VERSIONS = {
  "0.22": { password: "passwordHash", record: "recordId", within: "collectionId" },
  "0.23": { password: "password", record: "recordRef", within: "collectionRef" },
} as const;

async function dataFile(version: keyof typeof VERSIONS): Promise<string> {
  const { password, record, within } = VERSIONS[version];
  const file = newFile();
  const { exec, close } = await connect(file);
  for (const statement of [
    "CREATE TABLE `_collections` (`id` TEXT PRIMARY KEY NOT NULL, `type` TEXT, `name` TEXT)",
    "INSERT INTO `_collections` VALUES ('_pb_users_auth_', 'auth', 'users'), ('pbc_1', 'auth', 'staff'), ('pbc_2', 'base', 'posts')",
    ...["users", "staff"].map(
      (table) =>
        `CREATE TABLE \`${table}\` (\`id\` TEXT PRIMARY KEY NOT NULL, \`email\` TEXT, \`emailVisibility\` BOOLEAN, \`verified\` BOOLEAN, \`username\` TEXT, \`${password}\` TEXT, \`tokenKey\` TEXT, \`name\` TEXT, \`avatar\` TEXT, \`created\` TEXT, \`updated\` TEXT)`,
    ),
    `INSERT INTO \`users\` VALUES ('k3v9x0q2m7t1c5z', 'ada@example.com', FALSE, TRUE, 'ada', '${HASH}', 'secret', 'Ada', 'ada.png', '2024-05-06 07:08:09.123Z', '2024-05-07 07:08:09.123Z')`,
    `INSERT INTO \`staff\` VALUES ('k3v9x0q2m7t1c5z', 'eve@example.com', FALSE, FALSE, '', '${HASH}', 'secret', '', '', '', '')`,
    `CREATE TABLE \`_externalAuths\` (\`id\` TEXT PRIMARY KEY NOT NULL, \`${within}\` TEXT, \`provider\` TEXT, \`providerId\` TEXT, \`${record}\` TEXT, \`created\` TEXT)`,
    "INSERT INTO `_externalAuths` VALUES ('e1', '_pb_users_auth_', 'google', '1101', 'k3v9x0q2m7t1c5z', '2024-05-06 07:08:09.123Z'), ('e2', 'pbc_1', 'github', '583231', 'k3v9x0q2m7t1c5z', '')",
  ]) {
    exec(statement);
  }
  close();
  return file;
}

describe("PocketBase", () => {
  for (const version of ["0.22", "0.23"] as const) {
    it(`reads an auth collection of ${version} with its identities, and not those of another`, async () => {
      const url = `sqlite:${await dataFile(version)}`;
      const { accounts } = await readAll(readPocketBase(url, { fields: ["avatar"] }));
      assert.deepEqual(accounts, [
        {
          id: "k3v9x0q2m7t1c5z",
          email: "ada@example.com",
          username: "ada",
          verified: true,
          created: "2024-05-06T07:08:09.123Z",
          updated: "2024-05-07T07:08:09.123Z",
          passwordHash: HASH,
          identities: [{ provider: "google", subject: "1101", linked: "2024-05-06T07:08:09.123Z" }],
          fields: { name: "Ada", avatar: "ada.png" },
        },
      ]);
      const staff = await readAll(readPocketBase(url, { table: "staff", fields: [] }));
      assert.deepEqual(staff.accounts[0]?.identities, [{ provider: "github", subject: "583231" }]);
    });
  }

  it("refuses a collection that holds no accounts, and one that is not there", async () => {
    const url = `sqlite:${await dataFile("0.23")}`;
    for (const table of ["posts", "nowhere", 'a"b']) {
      await assert.rejects(readAll(readPocketBase(url, { table, fields: [] })), /Cannot find the auth collection/);
    }
  });
});
