import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSupabase } from "../../../cli/importers/supabase.ts";
import { type AllRead, fixture, fixtureText, readAll, stream } from "./support.ts";

const ADA = {
  id: "0a3f6a1e-8f1e-4d39-9d5c-0d8f6b1c2e3f",
  anonymous: false,
  email: "ada@example.com",
  verified: true,
  created: "2024-05-06T07:08:09.123456+00:00",
  updated: "2024-06-06T07:08:09.123456+00:00",
  lastActive: "2024-06-06T07:08:09.123456+00:00",
  passwordHash: "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
  identities: [
    {
      provider: "google",
      subject: "110169484474386276334",
      email: "ada@example.com",
      emailVerified: true,
      linked: "2024-05-07T07:08:09+00:00",
    },
  ],
  fields: { user_metadata: { full_name: "Ada" } },
};
const GUEST = {
  id: "1b3f6a1e-8f1e-4d39-9d5c-0d8f6b1c2e3f",
  anonymous: true,
  verified: false,
  created: "2024-05-06T07:08:09+00:00",
  updated: "2024-06-07T07:08:09+00:00",
  lastActive: "2024-06-07T07:08:09+00:00",
  identities: [],
  fields: { user_metadata: {} },
};

function check({ accounts, rejected }: AllRead): void {
  assert.deepEqual(accounts, [ADA, GUEST]);
  assert.deepEqual(
    rejected.map(({ id, code }) => [id, code]),
    [["2c3f6a1e-8f1e-4d39-9d5c-0d8f6b1c2e3f", "disabled"]],
  );
}

interface Tables {
  users: { id: string }[];
  identities: { user_id: string }[];
}

const tables = async (): Promise<Tables> => JSON.parse(await fixtureText("supabase.json")) as Tables;
const lines = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join("\n");

describe("Supabase", () => {
  it("reads one object with both tables", async () => {
    check(await readAll(readSupabase(fixture("supabase.json"), { fields: [] })));
  });

  it("reads two files of CSV, as arrays or as lines", async () => {
    const { users, identities } = await tables();
    const options = { fields: [], identities: fixture("supabase-identities.csv") };
    check(await readAll(readSupabase(fixture("supabase-users.csv"), options)));
    check(await readAll(readSupabase(stream(await fixtureText("supabase-users.csv")), options)));
    for (const write of [JSON.stringify, lines]) {
      const options = { fields: [], identities: stream(write(identities)) };
      check(await readAll(readSupabase(stream(write(users)), options)));
    }
  });

  it("reads identities that stand in their accounts", async () => {
    const { users, identities } = await tables();
    const rows = users.map((user) => ({ ...user, identities: identities.filter((one) => one.user_id === user.id) }));
    check(await readAll(readSupabase(stream(JSON.stringify(rows)), { fields: [] })));
    check(await readAll(readSupabase(stream(lines(rows)), { fields: [] })));
  });

  it("keeps the application's metadata only where it is named, because owners may change own fields", async () => {
    const options = { fields: ["raw_app_meta_data"], identities: fixture("supabase-identities.csv") };
    const { accounts } = await readAll(readSupabase(fixture("supabase-users.csv"), options));
    const { raw_app_meta_data: kept } = accounts[0]!.fields as Record<string, { role: string }>;
    assert.equal(kept?.role, "admin");
  });

  it("refuses tables in another order, and both tables from stdin", async () => {
    const { users, identities } = await tables();
    const options = { fields: [], identities: stream(JSON.stringify(identities)) };
    await assert.rejects(readAll(readSupabase(stream(JSON.stringify(users.reverse())), options)), /order by id/);
    await assert.rejects(readAll(readSupabase(stream(await fixtureText("supabase.json")), { fields: [] })), /its file/);
  });

  it("rejects a line that is no JSON or has other columns, and reads on", async () => {
    const read = await readAll(
      readSupabase(stream('{"id":"a","email":"a@example.com"}\n{"id"\n[]\n{"id":"b"}'), { fields: [] }),
    );
    assert.deepEqual(
      read.accounts.map(({ id }) => id),
      ["a", "b"],
    );
    assert.deepEqual(
      read.rejected.map(({ at }) => at),
      [{ line: 2 }, { line: 3 }],
    );
    const csv = await readAll(readSupabase(stream("id,email\na,a@example.com\nb\nc,c@example.com\n"), { fields: [] }));
    assert.deepEqual(
      csv.accounts.map(({ id }) => id),
      ["a", "c"],
    );
    assert.deepEqual(
      csv.rejected.map(({ at }) => at),
      [{ line: 3 }],
    );
  });
});
