/** How long a connection of the application blocks the event loop, whatever busy timeout it has. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import sql from "../../../storage-drivers/sql/index.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

after(removeFiles);

describe("a connection with a long busy timeout, without WAL", () => {
  it("does not block the event loop while another connection holds the file", async () => {
    const path = newFile();
    const mine = await connect(path);
    const other = await connect(path);
    mine.exec("PRAGMA busy_timeout = 3000");
    const first = sql({ client: mine.client, timeout: 300 });
    await first.swap("k", null, "1");
    other.exec("BEGIN EXCLUSIVE");
    // the shortest of several: other processes may take the time of this one
    let shortest = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 5; attempt++) {
      const began = performance.now();
      assert.equal(first.read.now?.("k"), undefined);
      shortest = Math.min(shortest, performance.now() - began);
    }
    assert(shortest < 10, `read.now, after which read waits, blocked for ${shortest} ms`);
    const calls: [string, () => Promise<unknown>][] = [
      ["a read", () => first.read("k")],
      ["a write", () => first.swap("k", "1", "2")],
      ["the first read", () => sql({ client: mine.client, timeout: 300 }).read("k")],
      ["the first write", () => sql({ client: mine.client, timeout: 300 }).swap("k", "1", "2")],
    ];
    for (const [name, call] of calls) {
      let longest = 0;
      let last = performance.now();
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      await assert.rejects(call(), { code: "locked" }, name);
      clearInterval(timer);
      assert(Math.max(longest, performance.now() - last) < 1_500, `${name} blocked for more than 1500 ms`);
    }
    other.exec("ROLLBACK");
    assert.equal(await first.read("k"), "1");
    assert.equal(mine.all("PRAGMA busy_timeout")[0]?.timeout, 3000);
  });
});
