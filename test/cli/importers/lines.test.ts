import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readLines } from "../../../cli/importers/lines.ts";
import { readAll, stream } from "./support.ts";

const ADA = { id: "Xb7-Q_2", email: "ada@example.com", fields: { plan: "pro" } };

describe("our lines", () => {
  it("are read whatever the pieces, with a byte order mark, empty lines, \\r\\n and characters of several bytes", async () => {
    const accounts = [ADA, { id: "b", username: "näme" }, { id: "c", anonymous: true }];
    const text = `\ufeff${accounts.map((one) => JSON.stringify(one)).join("\r\n\r\n")}`;
    for (const size of [1, 2, 3, 1_000]) {
      const read = await readAll(readLines(stream(text, size)));
      assert.deepEqual(read, { accounts, unreachable: ["c"], withSecondFactor: [], rejected: [] });
    }
  });

  it("reject what is no account, by its line, and quote nothing of it", async () => {
    const text = [
      "{",
      "[]",
      '{"id":"a","emial":"a@example.com"}',
      '{"id":"b","identities":{}}',
      "null",
      JSON.stringify(ADA),
    ];
    const { accounts, rejected } = await readAll(readLines(stream(text.join("\n"))));
    assert.deepEqual(accounts, [ADA]);
    assert.deepEqual(
      rejected.map(({ at, id, code }) => [at, id, code]),
      [1, 2, 3, 4, 5].map((line) => [{ line }, { 3: "a", 4: "b" }[line], "invalid_data"]),
    );
    assert.ok(!JSON.stringify(rejected).includes("emial"));
  });

  it("are refused where they are no UTF-8 text, or too long", async () => {
    const source = {
      ...stream(""),
      open: async function* () {
        yield new Uint8Array([0xff, 0x0a]);
      },
    };
    await assert.rejects(readAll(readLines(source)), /UTF-8/);
    await assert.rejects(readAll(readLines(stream("x".repeat(5 * 1_024 * 1_024), 1_000_000))), /longer than 4 MB/);
  });
});
