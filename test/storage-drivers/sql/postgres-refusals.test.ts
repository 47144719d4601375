/** What a PostgreSQL server refuses: each error has a code, names what to do, and shows no value and no password. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { generate } from "selfsigned";
import { query } from "../../../scripts/postgres/query.mjs";
import sql from "../../../storage-drivers/sql/index.ts";
import { isDriverError } from "../../support/driver-errors.ts";
import {
  hasPostgres,
  needsPostgres,
  ownPostgres,
  ownStandby,
  type PostgresServer,
  stopServers,
} from "../../support/postgres.ts";
import { CLIENTS } from "../../support/postgres-clients.ts";
import { startProxy } from "../../support/tcp-proxy.ts";

const LONG = needsPostgres("own", { timeout: 120_000 });
const TIMEOUT = 3_000;

/** Trusts the owner, and asks everyone else for a password. */
const ACCESS = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let server: PostgresServer;

/** Creates a role of this name with the password `hunter2`, and a database of its own; returns its URL. */
async function roleOf(role: string, settings = ""): Promise<string> {
  await query(server.url, `CREATE ROLE ${role} LOGIN PASSWORD 'hunter2'`);
  await query(server.url, `CREATE DATABASE ${role}`);
  if (settings) await query(server.url, `ALTER ROLE ${role} ${settings}`);
  return `postgres://${role}:hunter2@127.0.0.1:${server.port}/${role}`;
}

const asOwner = (role: string, statement: string): Promise<string> =>
  query(server.url.replace(/\/postgres$/, `/${role}`), statement);

for (const [name, open] of CLIENTS) {
  describe(`PostgreSQL by ${name}: refusals`, () => {
    before(async () => {
      if (hasPostgres("own"))
        server = await ownPostgres(["-c", "max_connections=12"], { files: { "pg_hba.conf": ACCESS } });
    });
    after(stopServers);

    it("a wrong or missing password, and a missing database or schema", LONG, async () => {
      const url = await roleOf("guest");
      const cases: [url: string, code: string, message: RegExp, table?: string][] = [
        [url.replace("hunter2", "wrong-secret"), "denied", /correct the user name or the password \(28P01\)/],
        [url.replace(/\/guest$/, "/nowhere"), "invalid_option", /the database does not exist/],
        [server.url, "invalid_option", /the schema of the table does not exist/, "nowhere.accounts"],
        ...(name === "postgres.js"
          ? []
          : ([[url.replace(":hunter2", ""), "denied", /asks for a password/]] as [string, string, RegExp][])),
      ];
      for (const [url, code, message, table = "anon_accounts"] of cases) {
        const { driver, end } = open(url, { table, timeout: TIMEOUT });
        const started = performance.now();
        await assert.rejects(driver.swap("secret-key", null, "secret-value"), (error: Error) => {
          assert.doesNotMatch(error.message, /hunter2|secret|a write may have happened/);
          return isDriverError(code, message)(error);
        });
        assert.ok(performance.now() - started < TIMEOUT, "it was tried again");
        await end();
      }
    });

    it("a role without the right to make tables, until the owner makes them", LONG, async () => {
      const url = await roleOf("limited");
      const { driver, end } = open(url, { timeout: TIMEOUT });
      assert.equal(await driver.read("a"), null);
      await assert.rejects(
        driver.swap("a", null, "1"),
        isDriverError("denied", /grant it, or run the output of `anon schema` as the owner \(42501\)/),
      );
      await asOwner("limited", driver.schema!());
      await assert.rejects(driver.swap("a", null, "1"), isDriverError("denied", /42501/));
      const tables = "anon_accounts, anon_accounts_counters, anon_accounts_schema";
      await asOwner("limited", `GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables} TO limited`);
      assert.equal(await driver.swap("acc:a", null, "1", 1), true);
      assert.equal(await driver.swap("acc:a", "1", "x", 1), true);
      assert.equal(await driver.counter!("limit", { max: 1, seconds: 60 }).take("a"), null);
      assert.equal((await driver.deleteDue!(1, { keys: ["acc:"], beginning: "x", limit: 9 })).deleted, 1);
      await end();
    });

    it("a table of another application, and a schema of a newer release", LONG, async () => {
      const url = await roleOf("other");
      await asOwner("other", "CREATE TABLE anon_accounts (id int)");
      const { driver, end } = open(url, { timeout: TIMEOUT });
      for (const call of [() => driver.read("a"), () => driver.swap("a", null, "1")]) {
        await assert.rejects(call(), isDriverError("corrupt", /something else made it; choose another `table`$/));
      }
      await asOwner("other", "DROP TABLE anon_accounts");
      await asOwner("other", `${driver.schema!()}; UPDATE anon_accounts_schema SET version = 99`);
      await asOwner("other", "GRANT ALL ON ALL TABLES IN SCHEMA public TO other");
      await assert.rejects(
        driver.swap("a", null, "1"),
        isDriverError("corrupt", /says version 99.*update this package$/),
      );
      await end();
    });

    it("a statement that takes longer than the statement_timeout or lock_timeout of the role", LONG, async () => {
      for (const [setting, message] of [
        ["statement_timeout", /canceled the statement: statement_timeout is too short.*57014/],
        ["lock_timeout", /hold.* longer than lock_timeout \(55P03\)/],
      ] as const) {
        const url = await roleOf(setting, `SET ${setting} = 300`);
        await asOwner(setting, `GRANT ALL ON SCHEMA public TO ${setting}`);
        const { driver, end } = open(url);
        await driver.swap("a", null, "old");
        const lock = asOwner(setting, "BEGIN; UPDATE anon_accounts SET due = 1; SELECT pg_sleep(2); COMMIT");
        await pause(1_000);
        await assert.rejects(driver.swap("a", "old", "new"), (error: Error) => {
          assert.doesNotMatch(error.message, /a write may have happened/);
          return isDriverError("unavailable", message)(error);
        });
        await lock;
        assert.equal(await driver.swap("a", "old", "new"), true);
        await end();
      }
    });

    it("a value that a trigger of the application refuses is not in the error", LONG, async () => {
      const url = await roleOf("strict");
      await asOwner("strict", "GRANT ALL ON SCHEMA public TO strict");
      const { driver, end } = open(url);
      await driver.swap("a", null, "1");
      await asOwner(
        "strict",
        `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', NEW.value; END $$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON anon_accounts FOR EACH ROW EXECUTE FUNCTION refuse()`,
      );
      await assert.rejects(driver.swap("a", "1", "secret-value"), (error: Error) => {
        assert.doesNotMatch(`${error.message} ${error.cause}`, /secret/);
        return isDriverError("unavailable", /refused the statement, its log says why \(P0001\)/)(error);
      });
      assert.equal(await driver.read("a"), "1");
      await end();
    });

    it("a connection, because too many are open, until one is free", LONG, async () => {
      const url = await roleOf("crowd", "CONNECTION LIMIT 2");
      await asOwner("crowd", "GRANT ALL ON SCHEMA public TO crowd");
      const crowd = Array.from({ length: 2 }, () => open(url, { connections: 1 }));
      for (const [i, { driver }] of crowd.entries()) await driver.swap(`${i}`, null, "1");
      const late = open(url, { timeout: 1_000 });
      await assert.rejects(
        late.driver.swap("a", null, "1"),
        isDriverError("unavailable", /use fewer `connections`, a pooler, or raise max_connections \(53300\)/),
      );
      const patient = open(url, { timeout: 20_000 });
      const waiting = patient.driver.swap("a", null, "1");
      await pause(100);
      for (const { end } of crowd) await end();
      assert.equal(await waiting, true);
      await patient.end();
      assert.equal(await late.driver.read("a"), "1");
      await late.end();
      // more calls than the server has connections: those that get none wait for the others
      const wide = open(url, { connections: 20, timeout: 20_000 });
      const reads = Array.from({ length: 40 }, (_, i) => wide.driver.readMany!(["a", `${i}`]));
      for (const [value] of await Promise.all(reads)) assert.equal(value, "1");
      await wide.end();
    });

    it("a write to a standby, until it is the primary", LONG, async () => {
      const primary = await ownPostgres();
      const seed = open(primary.url);
      await seed.driver.swap("a", null, "1");
      const standby = await ownStandby(primary);
      const proxy = await startProxy(primary.port);
      const url = primary.url.replace(`:${primary.port}`, `:${proxy.port}`);
      const [direct, failingOver] = [open(standby.url, { timeout: 3_000 }), open(url, { timeout: 60_000 })];
      assert.equal(await failingOver.driver.swap("b", null, "1"), true);
      assert.equal(await direct.driver.read("a"), "1");
      const write = () => direct.driver.swap("a", "1", "2").then(String, (error: Error) => error);
      // on a busy machine the last attempt may have no reply in time, and the driver cannot say more than that
      let refusal = await write();
      for (let more = 4; more > 0 && /not replied in time/.test(String(refusal)); more--) refusal = await write();
      isDriverError("denied", /read-only, as a standby is; connect to the primary \(25006\)/)(refusal as Error);
      await seed.end();
      // the other server takes over the address of the one that died
      await primary.kill();
      proxy.target = standby.port;
      // a write during the death itself may have happened; this one comes after it
      await pause(500);
      const waiting = failingOver.driver.swap("c", null, "1");
      await pause(300);
      await standby.promote();
      assert.equal(await waiting, true);
      assert.equal(await direct.driver.swap("a", "1", "2"), true);
      assert.equal(await failingOver.driver.read("a"), "2");
      await direct.end();
      await failingOver.end();
      await proxy.close();
    });
  });
}

describe("PostgreSQL by URL: TLS", () => {
  after(stopServers);

  it("sslmode requires encryption, and verifies the authority and the host of the certificate", LONG, async () => {
    const folder = await mkdtemp(join(tmpdir(), "anon-tls-"));
    const altNames = [{ type: 2 as const, value: "localhost" }];
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions: [{ name: "subjectAltName", altNames }],
    });
    const root = join(folder, "root.crt");
    await writeFile(root, cert);
    const secure = await ownPostgres(["-c", "ssl=on"], { files: { "server.crt": cert, "server.key": key } });
    const plain = await ownPostgres();
    const byName = secure.url.replace("127.0.0.1", "localhost");
    const works = ["?sslmode=require", `?sslmode=verify-ca&sslrootcert=${root}`];
    for (const url of [...works.map((end) => secure.url + end), `${byName}?sslmode=verify-full&sslrootcert=${root}`]) {
      const driver = sql({ url });
      await driver.swap("a", null, "1");
      assert.equal(await driver.read("a"), "1", url);
      assert.equal(
        await query(
          secure.url,
          "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'anon-accounts'",
        ),
        "t",
      );
      await driver.dispose();
    }
    const refused: [url: string, code: string, message: RegExp][] = [
      [`${byName}?sslmode=verify-full`, "denied", /certificate is not trusted.*set sslrootcert or correct the host/],
      [`${byName}?sslmode=verify-ca`, "denied", /certificate is not trusted/],
      [`${secure.url}?sslmode=verify-full&sslrootcert=${root}`, "denied", /certificate is not trusted.*127\.0\.0\.1/],
      [`${plain.url}?sslmode=require`, "unavailable", /does not support SSL connections$/],
      [
        `${byName}?sslmode=verify-full&sslrootcert=${folder}/none`,
        "invalid_option",
        /Cannot read the sslrootcert.*ENOENT/,
      ],
    ];
    for (const [url, code, message] of refused) {
      const driver = sql({ url, timeout: 20_000 });
      const started = performance.now();
      await assert.rejects(driver.read("a"), isDriverError(code, message));
      assert.ok(performance.now() - started < 15_000, "it was tried again");
      await driver.dispose();
    }
    await rm(folder, { recursive: true });
  });
});
