/** Options that are refused, and the limits of the others. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import sql, { type SqlDriverOptions } from "../../../storage-drivers/sql/index.ts";
import { isDriverError } from "../../support/driver-errors.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";

after(stopServers);

const LONGEST = 86_400_000;
const url = "sqlite::memory:";

describe("sql refuses", () => {
  for (const options of [
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, LONGEST + 1, 2 ** 31 - 1].map((timeout) => ({
      url,
      timeout,
    })),
    ...[0, 2.5, Number.NaN].map((connections) => ({ url, connections })),
    { url, durability: "none" },
    { url, client: {} },
    {},
  ]) {
    it(
      JSON.stringify(options, (_, value) => (typeof value === "number" ? String(value) : value)),
      () => {
        assert.throws(() => sql(options as SqlDriverOptions), isDriverError("invalid_option", /: (?:use|give) /));
      },
    );
  }
});

it("sql waits for the longest timeout on PostgreSQL, and no shorter", needsPostgres("shared"), async () => {
  const driver = sql({ url: await postgresUrl(), table: uniqueTable(), timeout: LONGEST });
  assert.equal(await driver.swap("a", null, "1"), true);
  assert.equal(await driver.read("a"), "1");
  await driver.dispose();
});
