/** A PostgreSQL server that is down, restarts, crashes or stops replying while a driver uses it. */
import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, it } from "node:test";
import { query } from "../../../scripts/postgres/query.mjs";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { isDriverError } from "../../support/driver-errors.ts";
import { needsPostgres, ownPostgres, type PostgresServer, stopServers } from "../../support/postgres.ts";
import { CLIENTS } from "../../support/postgres-clients.ts";

const LONG = needsPostgres("own", { timeout: 300_000 });
const TIMEOUT = 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Every call of the port. */
function calls(driver: AtomicDriver): Record<string, () => Promise<unknown>> {
  return {
    read: () => driver.read("acc:users:a"),
    readMany: () => driver.readMany!(["acc:users:a", "acc:users:b"]),
    create: () => driver.swap("acc:users:b", null, "2", 5),
    replace: () => driver.swap("acc:users:a", "1", "2", 5),
    delete: () => driver.swap("acc:users:c", "1", null),
    due: () => driver.due(9, { limit: 9 }),
    dueTimes: () => driver.dueTimes!(["acc:users:a"]),
    deleteDue: () => driver.deleteDue!(9, { keys: ["acc:"], beginning: "x", limit: 99 }),
    keys: () => driver.keys("")[Symbol.asyncIterator]().next(),
    count: () => driver.counter!("limit", { max: 1, seconds: 1 }).take("a"),
  };
}

/** Writes each row that is stored to a table, so that a statement that is executed twice shows. */
async function logExecutions({ url }: PostgresServer): Promise<void> {
  await query(
    url,
    `CREATE TABLE executions (key text, value text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO executions VALUES (NEW.key, NEW.value); RETURN NEW; END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON anon_accounts FOR EACH ROW EXECUTE FUNCTION note()`,
  );
}

interface Outcome {
  key: string;
  stored: string | null;
  accepted: number;
  rejected: number;
}

/** Replaces the value of one key again and again; what is stored must follow from the outcome of each swap. */
async function swapUntil(isOver: () => boolean, driver: AtomicDriver, key: string): Promise<Outcome> {
  const outcome: Outcome = { key, stored: await driver.read(key), accepted: 0, rejected: 0 };
  for (let step = 0; !isOver(); step++) {
    const next = `${key}:${step}:${outcome.accepted}`;
    try {
      assert.equal(await driver.swap(key, outcome.stored, next), true, `${key} holds something else`);
      outcome.stored = next;
      outcome.accepted++;
    } catch (error) {
      isDriverError("unavailable")(error);
      outcome.rejected++;
      const before = outcome.stored;
      outcome.stored = await readSomehow(driver, key);
      assert.ok([before, next].includes(outcome.stored), `${key} holds ${outcome.stored}`);
    }
  }
  return outcome;
}

async function readSomehow(driver: AtomicDriver, key: string): Promise<string | null> {
  for (;;) {
    try {
      return await driver.read(key);
    } catch (error) {
      isDriverError("unavailable")(error);
    }
  }
}

for (const [name, open] of CLIENTS) {
  describe(`PostgreSQL by ${name}: outages`, () => {
    after(stopServers);

    it("reject every call within the timeout while no server runs, and end when it starts", LONG, async () => {
      const server = await ownPostgres();
      const [connected, fresh, patient] = [
        open(server.url, { timeout: TIMEOUT }),
        open(server.url, { timeout: TIMEOUT }),
        open(server.url, { timeout: 60_000 }),
      ];
      assert.equal(await connected.driver.swap("acc:users:a", null, "1"), true);
      await server.kill();
      for (const { driver } of [connected, fresh]) {
        for (const [call, run] of Object.entries(calls(driver))) {
          const started = performance.now();
          await assert.rejects(run(), isDriverError("unavailable", /127\.0\.0\.1|the given client/), call);
          assert.ok(performance.now() - started < 6 * TIMEOUT, call);
        }
      }
      const waiting = [patient.driver.read("acc:users:a"), patient.driver.swap("acc:users:b", null, "1")];
      await pause(300);
      await server.restart();
      assert.deepEqual(await Promise.all(waiting), ["1", true]);
      // postgres.js pauses for up to 20 s after many attempts to connect
      for (const { driver } of [connected, fresh]) assert.equal(await readSomehow(driver, "acc:users:b"), "1");
      for (const { end } of [connected, fresh, patient]) await end();
    });

    for (const how of ["restart", "crash", "termination of every connection"] as const) {
      it(`do not lose or repeat a swap during a ${how}`, LONG, async () => {
        const server = await ownPostgres();
        const { driver, end } = open(server.url, { timeout: 20_000 });
        await driver.swap("first", null, "1");
        await logExecutions(server);
        let isOver = false;
        const work = Promise.all(
          Array.from({ length: 24 }, (_, i) => swapUntil(() => isOver, driver, `acc:users:${i}`)),
        ).finally(() => {
          isOver = true;
        });
        for (let round = 0; round < 3 && !isOver; round++) {
          await pause(250);
          if (how === "termination of every connection") {
            const others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
            await query(server.url, `SELECT pg_terminate_backend(pid) ${others}`);
            continue;
          }
          if (how === "crash") await server.kill();
          await server.restart();
        }
        await pause(250);
        isOver = true;
        const outcomes = await work;
        for (const { key, stored, accepted } of outcomes) {
          assert.equal(await driver.read(key), stored);
          assert.ok(accepted > 0, key);
        }
        assert.equal(
          await query(
            server.url,
            "SELECT count(*) FROM (SELECT FROM executions GROUP BY key, value HAVING count(*) > 1) t",
          ),
          "0",
        );
        await end();
      });
    }

    it("reject every call within the timeout while the server is silent, and end when it resumes", LONG, async () => {
      const server = await ownPostgres();
      const { driver, end } = open(server.url, { timeout: TIMEOUT });
      await driver.swap("acc:users:a", null, "1", 1);
      await Promise.all(Array.from({ length: 20 }, (_, i) => driver.read(`acc:users:${i}`)));
      server.pause();
      let ticks = 0;
      const timer = setInterval(() => ticks++, 10);
      const started = performance.now();
      const same = Array.from({ length: 40 }, (_, i) => driver.swap("acc:users:a", "1", `3:${i}`));
      const results = await Promise.allSettled([...Object.values(calls(driver)).map((call) => call()), ...same]);
      const took = performance.now() - started;
      clearInterval(timer);
      for (const result of results) isDriverError("unavailable")((result as PromiseRejectedResult).reason);
      assert.ok(took < 6 * TIMEOUT, `${took} ms`);
      assert.ok(ticks > 10, "the event loop was blocked");
      server.resume();
      // a rejected swap may have happened, and the one of a connection that was closed may be under way
      assert.match((await readSomehow(driver, "acc:users:a")) ?? "", /^[123]/);
      assert.equal(await driver.swap("acc:users:z", null, "1"), true);
      await end();
    });

    it("do not end the process when idle connections break", LONG, async () => {
      const server = await ownPostgres();
      const { driver, end } = open(server.url, { timeout: 20_000 });
      await driver.swap("a", null, "1");
      await Promise.all(Array.from({ length: 20 }, (_, i) => driver.readMany!([`${i}`, "a"])));
      for (const restart of [() => server.restart(), () => server.kill().then(() => server.restart())]) {
        await restart();
        await pause(100);
        assert.equal(await driver.read("a"), "1");
      }
      await server.restart();
      await pause(100);
      assert.equal(await driver.swap("b", null, "1"), true);
      await end();
    });

    it("a smart shutdown leaves open connections, and refuses new ones with advice", LONG, async () => {
      const server = await ownPostgres();
      const { driver, end } = open(server.url, { connections: 1 });
      await driver.swap("a", null, "1");
      process.kill(server.pid, "SIGTERM");
      await pause(300);
      assert.equal(await driver.swap("a", "1", "2"), true);
      const late = open(server.url, { timeout: TIMEOUT });
      await assert.rejects(
        late.driver.read("a"),
        isDriverError("unavailable", /starting up or shutting down \(57P03\)/),
      );
      await end();
      await server.restart();
      assert.equal(await late.driver.read("a"), "2");
      await late.end();
    });
  });
}
