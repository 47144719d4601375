import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSupabase } from "../../../cli/importers/supabase.ts";
import type { ImportedAccount } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { setUp } from "../../support/sdk.ts";
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
const GRACE = {
  id: "0b3f6a1e-8f1e-4d39-9d5c-0d8f6b1c2e3f",
  anonymous: false,
  email: "grace@example.com",
  verified: false,
  created: "2024-05-06T07:08:09+00:00",
  // of the tests of Supabase's server, for accounts that came from Firebase
  passwordHash:
    "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==",
  identities: [],
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
  assert.deepEqual(accounts, [ADA, GRACE, GUEST]);
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
  it("takes no account for a guest that names a provider, also without the identities", async () => {
    const users = [
      { id: "a", raw_app_meta_data: { provider: "twitter", providers: ["twitter"] } },
      { id: "b", raw_app_meta_data: '{"providers":["apple"]}' },
      { id: "c", raw_app_meta_data: {} },
      { id: "d", raw_app_meta_data: { provider: "anonymous", providers: [] } },
      { id: "e" },
    ];
    const { unreachable } = await readAll(readSupabase(stream(lines(users)), { fields: [] }));
    assert.deepEqual(unreachable, ["c", "d", "e"]);
  });

  it("refuses CSV in another encoding, in which names and emails would be others", async () => {
    const csv = Buffer.from("id,email\na,müller@example.com\n", "latin1");
    const source = {
      name: "users.csv",
      isOnce: true,
      open: async function* () {
        yield csv;
      },
    };
    await assert.rejects(readAll(readSupabase(source, { fields: [] })), {
      code: "invalid_data",
      message: "Cannot read users.csv: it is not UTF-8 text",
    });
    const utf8 = "id,email\na,müller@example.com\n";
    for (const size of [1, 2, 3]) {
      const { accounts } = await readAll(readSupabase(stream(utf8, size), { fields: [] }));
      assert.deepEqual(
        accounts.map(({ email }) => email),
        ["müller@example.com"],
      );
    }
  });

  it("refuses a number that JavaScript rounds: as an id or a subject it could be another person's", async () => {
    for (const text of [
      '[{"id":12345678901234567891}]',
      '[{"id":"a","identities":[{"provider":"google","provider_id":110169484474386276334}]}]',
    ]) {
      await assert.rejects(readAll(readSupabase(stream(text), { fields: [] })), { code: "invalid_data" });
    }
    const { accounts } = await readAll(readSupabase(stream('[{"id":9007199254740991}]'), { fields: [] }));
    assert.equal(accounts[0]?.id, "9007199254740991");
  });

  it("takes no text for false that says true, and says which accounts have a second factor", async () => {
    const rows =
      'id,email,is_anonymous,email_confirmed_at,factors\na,,TRUE,,\nb,b@example.com,FALSE,,"[{""status"":""verified""}]"\n';
    const { accounts, withSecondFactor } = await readAll(readSupabase(stream(rows), { fields: [] }));
    assert.deepEqual(
      accounts.map(({ anonymous, verified }) => [anonymous, verified]),
      [
        [true, false],
        [false, false],
      ],
    );
    assert.deepEqual(withSecondFactor, ["b"]);
    const users = ["verified", "unverified"].map((status) => ({ id: status, factors: [{ status }] }));
    assert.deepEqual((await readAll(readSupabase(stream(lines(users)), { fields: [] }))).withSecondFactor, [
      "verified",
    ]);
  });

  it("imports accounts of single sign-on, whose provider has a colon in its name", async () => {
    const provider = "sso:21648a9d-8d5a-4555-a9d1-d6375dc14e92";
    const identity = { provider, provider_id: "ada@corp.example", identity_data: { sub: "ada@corp.example" } };
    const rows = lines([{ id: "a", email: "ada@corp.example", identities: [identity] }]);
    const { accounts } = await readAll(readSupabase(stream(rows), { fields: [] }));
    const { anon } = setUp(memory());
    await anon.admin.importAccount(accounts[0] as ImportedAccount);
    const known = { provider: provider.replace(":", "."), subject: "ada@corp.example" };
    assert.equal((await anon.signInWithIdentity(known))?.record.id, "a");
  });

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

  it("finds out that the identities are in another order before it takes an account for one without any", async () => {
    const { users, identities } = await tables();
    const last = { ...identities[0], user_id: "ffffffff-8f1e-4d39-9d5c-0d8f6b1c2e3f" };
    const others = [last, ...identities];
    const read: unknown[] = [];
    const isRefused = async (entries: AsyncIterable<unknown>): Promise<void> =>
      await assert.rejects(async () => {
        for await (const entry of entries) read.push(entry);
      }, /order by user_id/);
    const second = { ...stream(JSON.stringify(others)), isOnce: false };
    await isRefused(readSupabase(stream(lines(users)), { fields: [], identities: second }));
    const both = { ...stream(JSON.stringify({ users, identities: others })), isOnce: false };
    await isRefused(readSupabase(both, { fields: [] }));
    assert.deepEqual(read, []);
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
