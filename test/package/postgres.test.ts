/** The PostgreSQL servers of the tests: what a test relies on when it kills, pauses or replaces one. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { query } from "../../scripts/postgres/query.mjs";
import { tidy } from "../../scripts/postgres/tidy.mjs";
import { needsPostgres, ownPostgres, ownStandby, stopServers, uniqueTable } from "../support/postgres.ts";

const LONG = needsPostgres("own", { timeout: 120_000 });

async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const sorted = "SELECT string_agg(name, ',' ORDER BY name) FROM (VALUES ('a'), ('B'), ('_')) AS names (name)";

describe("the PostgreSQL servers of the tests", () => {
  after(stopServers);

  it("sort texts by bytes, unless a test asks for a locale of ICU", LONG, async () => {
    const [plain, icu] = await Promise.all([ownPostgres(), ownPostgres([], { icuLocale: "en-US" })]);
    assert.equal(await query(plain.url, sorted), "B,_,a");
    assert.equal(await query(icu.url, sorted), "_,a,B");
    assert.equal(await query(icu.url, "SHOW server_encoding"), "UTF8");
  });

  it("listen on the loopback interface only, with the settings and the files of the test", LONG, async () => {
    const access = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    const server = await ownPostgres(["-c", "max_connections=7"], { files: { "pg_hba.conf": access } });
    assert.equal(await query(server.url, "SHOW max_connections"), "7");
    assert.equal(await query(server.url, "SHOW listen_addresses"), "127.0.0.1");
    assert.equal(await query(server.url, "SHOW unix_socket_directories"), "");
    await query(server.url, "CREATE USER guest PASSWORD 'secret'");
    await assert.rejects(query(server.url.replace("postgres@", "guest@"), "SELECT 1"), /no password supplied/);
    assert.equal(await query(server.url.replace("postgres@", "guest:secret@"), "SELECT 1"), "1");
  });

  it("say why one does not start", LONG, async () => {
    await assert.rejects(
      ownPostgres(["-c", "no_such_setting=1"]),
      /unrecognized configuration parameter "no_such_setting"/,
    );
  });

  it("keep their data through a kill and a shutdown", LONG, async () => {
    const server = await ownPostgres();
    await query(server.url, "CREATE TABLE kept AS SELECT 1 AS id");
    const { pid } = server;
    await server.kill();
    assert.ok(!isRunning(pid));
    await assert.rejects(query(server.url, "SELECT 1"), /Connection refused/);
    await server.restart();
    assert.equal(await query(server.url, "SELECT id FROM kept"), "1");
    await server.restart();
    assert.equal(await query(server.url, "SELECT id FROM kept"), "1");
  });

  it("do not reply while they are paused", LONG, async () => {
    const server = await ownPostgres();
    server.pause();
    let isSettled = false;
    const reply = query(server.url, "SELECT 1").finally(() => {
      isSettled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(isSettled, false);
    server.resume();
    assert.equal(await reply, "1");
    server.pause();
    await server.stop();
  });

  it("have standbys, which refuse writes until they are promoted", LONG, async () => {
    const primary = await ownPostgres();
    await query(primary.url, "CREATE TABLE copied AS SELECT 1 AS id");
    const standby = await ownStandby(primary);
    assert.equal(await query(standby.url, "SELECT id FROM copied"), "1");
    await assert.rejects(query(standby.url, "DELETE FROM copied"), /cannot execute DELETE in a read-only transaction/);
    await primary.kill();
    await standby.promote();
    await query(standby.url, "DELETE FROM copied");
    assert.equal(await query(standby.url, "SELECT count(*) FROM copied"), "0");
  });

  it("end with the process that started them, even if it is killed, and leave nothing", LONG, async () => {
    const script = new URL("../../scripts/postgres/servers.mjs", import.meta.url).href;
    const source = `
      const server = await (await import(${JSON.stringify(script)})).startPostgres();
      const { query } = await import(${JSON.stringify(script.replace("servers", "query"))});
      console.log(JSON.stringify([server.pid, await query(server.url, "SHOW data_directory")]));
      setInterval(() => undefined, 1_000);`;
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { value: line } = await createInterface({ input: starter.stdout })[Symbol.asyncIterator]().next();
    assert.ok(line, "the server did not start");
    const [pid, folder] = JSON.parse(line);
    assert.ok(isRunning(pid) && existsSync(folder));
    starter.kill("SIGKILL");
    await until(() => !isRunning(pid) && !existsSync(folder));
  });

  it("that a test run did not start lose only the tables, views and schemas of that run", LONG, async () => {
    const { url } = await ownPostgres();
    const [mine, other] = [uniqueTable(), "testxanother_table"];
    const run = mine.split("_")[0]!;
    await query(url, `CREATE TABLE ${mine} (id int); CREATE VIEW ${mine}_users AS SELECT id FROM ${mine}`);
    await query(url, `CREATE SCHEMA "Mixed"; CREATE TABLE "Mixed".${mine} (id int)`);
    await query(url, `CREATE TABLE ${other} (id int); CREATE TABLE ${run}other (id int)`);
    await query(url, `CREATE SCHEMA ${mine}; CREATE TABLE ${mine}.anon_accounts (id int)`);
    await query(url, `CREATE VIEW ${mine}.anon_users AS SELECT id FROM ${mine}.anon_accounts; CREATE SCHEMA ${other}`);
    await tidy(url, run);
    assert.equal(
      await query(url, "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname LIKE 'test%'"),
      `${[`${run}other`, other].sort().join(" ")}`,
    );
    assert.equal(await query(url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test%'"), other);
    await tidy(url, run);
  });
});
