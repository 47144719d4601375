/** The databases of other systems, with the tables that those make and a few people. */
import { connect, newFile } from "../../support/sqlite.ts";
import { fixtureText } from "./support.ts";

/** The subject of Ada at Google, in every fixture. */
export const GOOGLE = "110169484474386276334";

export type BetterAuthTables = Record<"user" | "account", Record<string, string | boolean | null>[]>;

const COLUMNS = {
  user: "id name email emailVerified image createdAt updatedAt username displayUsername role banned isAnonymous",
  account: "id accountId providerId userId accessToken password createdAt",
};

/** The statements of its own migration, with the rows of the fixture. */
export async function betterAuthStatements(
  dialect: "sqlite" | "postgres",
  spelled: (column: string) => string = (column) => column,
): Promise<string[]> {
  const tables = JSON.parse(await fixtureText("better-auth.json")) as BetterAuthTables;
  const types: Record<string, string> =
    dialect === "sqlite" ? { At: "date", bool: "integer" } : { At: "timestamptz", bool: "boolean" };
  const typeOf = (column: string): string =>
    /At$/.test(column)
      ? (types.At as string)
      : /^(emailVerified|banned|isAnonymous)$/.test(column)
        ? (types.bool as string)
        : "text";
  const literal = (value: string | boolean | null | undefined): string => {
    if (value === null || value === undefined) return "NULL";
    if (typeof value === "boolean") return dialect === "sqlite" ? String(Number(value)) : String(value);
    return `'${value}'`;
  };
  return Object.entries(COLUMNS).flatMap(([table, names]) => {
    const columns = names.split(" ");
    const defined = columns.map((column) => `"${spelled(column)}" ${typeOf(column)}`);
    const rows = tables[table as keyof BetterAuthTables].map(
      (row) => `(${columns.map((column) => literal(row[column])).join(", ")})`,
    );
    return [`CREATE TABLE "${table}" (${defined.join(", ")})`, `INSERT INTO "${table}" VALUES ${rows.join(", ")}`];
  });
}

/** Of "abc", from the test suite of jBCrypt. */
export const POCKETBASE_HASH = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

/** The tables of a version: columns were renamed in 0.23. */
const VERSIONS = {
  "0.22": { password: "passwordHash", record: "recordId", within: "collectionId" },
  "0.23": { password: "password", record: "recordRef", within: "collectionRef" },
} as const;

export async function pocketBaseFile(version: keyof typeof VERSIONS): Promise<string> {
  const { password, record, within } = VERSIONS[version];
  const file = newFile();
  const { exec, close } = await connect(file);
  for (const statement of [
    "CREATE TABLE `_collections` (`id` TEXT PRIMARY KEY NOT NULL, `type` TEXT, `name` TEXT, `options` JSON)",
    `INSERT INTO \`_collections\` VALUES ('_pb_users_auth_', 'auth', 'users', '{"mfa":{"enabled":false}}'), ('pbc_1', 'auth', 'staff', '{"mfa":{"enabled":true}}'), ('pbc_2', 'base', 'posts', '{}')`,
    ...["users", "staff"].map(
      (table) =>
        `CREATE TABLE \`${table}\` (\`id\` TEXT PRIMARY KEY NOT NULL, \`email\` TEXT, \`emailVisibility\` BOOLEAN, \`verified\` BOOLEAN, \`username\` TEXT, \`${password}\` TEXT, \`tokenKey\` TEXT, \`name\` TEXT, \`avatar\` TEXT, \`created\` TEXT, \`updated\` TEXT)`,
    ),
    `INSERT INTO \`users\` VALUES ('k3v9x0q2m7t1c5z', 'ada@example.com', FALSE, TRUE, 'ada', '${POCKETBASE_HASH}', 'secret', 'Ada', 'ada.png', '2024-05-06 07:08:09.123Z', '2024-05-07 07:08:09.123Z')`,
    `INSERT INTO \`staff\` VALUES ('k3v9x0q2m7t1c5z', 'eve@example.com', FALSE, FALSE, '', '${POCKETBASE_HASH}', 'secret', '', '', '', '')`,
    `CREATE TABLE \`_externalAuths\` (\`id\` TEXT PRIMARY KEY NOT NULL, \`${within}\` TEXT, \`provider\` TEXT, \`providerId\` TEXT, \`${record}\` TEXT, \`created\` TEXT)`,
    `INSERT INTO \`_externalAuths\` VALUES ('e1', '_pb_users_auth_', 'google', '${GOOGLE}', 'k3v9x0q2m7t1c5z', '2024-05-06 07:08:09.123Z'), ('e2', 'pbc_1', 'github', '583231', 'k3v9x0q2m7t1c5z', '')`,
  ]) {
    exec(statement);
  }
  close();
  return file;
}
