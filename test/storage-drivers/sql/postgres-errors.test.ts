/** Which errors of clients may be repeated, and which say that a write may have happened. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NotSent } from "../../../storage-drivers/sql/database.ts";
import { mayRepeat, toDriverError } from "../../../storage-drivers/sql/postgres/errors.ts";
import { openPostgres } from "../../../storage-drivers/sql/postgres/open.ts";
import { isDriverError } from "../../support/driver-errors.ts";

function errorOf(code: string, message = "of 'secret-value'"): Error {
  return Object.assign(new Error(message), { code });
}

const EXECUTED_OR_NOT = "executed or not";
const NOT_EXECUTED = "not executed";

const cases: [error: unknown, outcome: string, repeats: { read: boolean; write: boolean }][] = [
  // five capitals, as a SQLSTATE has
  [errorOf("EPIPE"), EXECUTED_OR_NOT, { read: true, write: false }],
  [errorOf("ECONNRESET"), EXECUTED_OR_NOT, { read: true, write: false }],
  [new Error("Connection terminated unexpectedly"), EXECUTED_OR_NOT, { read: true, write: false }],
  [errorOf("CONNECTION_CLOSED"), EXECUTED_OR_NOT, { read: true, write: false }],
  // a pooler whose server died
  [errorOf("08P01"), EXECUTED_OR_NOT, { read: true, write: false }],
  [errorOf("08006"), EXECUTED_OR_NOT, { read: true, write: false }],
  [errorOf("57P01"), EXECUTED_OR_NOT, { read: true, write: false }],
  [errorOf("57P02"), EXECUTED_OR_NOT, { read: true, write: false }],
  [errorOf("57P05"), EXECUTED_OR_NOT, { read: true, write: false }],
  [errorOf("40001"), NOT_EXECUTED, { read: true, write: true }],
  [errorOf("40P01"), NOT_EXECUTED, { read: true, write: true }],
  [errorOf("25006"), NOT_EXECUTED, { read: true, write: true }],
  [errorOf("57014"), NOT_EXECUTED, { read: false, write: false }],
  [errorOf("55P03"), NOT_EXECUTED, { read: false, write: false }],
  [errorOf("P0001"), NOT_EXECUTED, { read: false, write: false }],
  [errorOf("XX000"), NOT_EXECUTED, { read: false, write: false }],
  [new NotSent(errorOf("ECONNREFUSED")), NOT_EXECUTED, { read: true, write: true }],
  [new NotSent(errorOf("57P01")), NOT_EXECUTED, { read: true, write: true }],
  [new NotSent(errorOf("57P03")), NOT_EXECUTED, { read: true, write: true }],
  [new NotSent(errorOf("08P01")), NOT_EXECUTED, { read: true, write: true }],
  [new NotSent(errorOf("28P01")), NOT_EXECUTED, { read: false, write: false }],
  [new NotSent(errorOf("ENOTFOUND")), NOT_EXECUTED, { read: false, write: false }],
  [new NotSent(errorOf("CONNECTION_ENDED")), NOT_EXECUTED, { read: false, write: false }],
  [new NotSent(new Error("The server does not support SSL connections")), NOT_EXECUTED, { read: false, write: false }],
];

describe("errors of PostgreSQL", () => {
  for (const [error, outcome, { read, write }] of cases) {
    const { code, message } = (error instanceof NotSent ? error.cause : error) as { code?: string; message: string };
    it(`${code ?? message}${error instanceof NotSent ? " before it was sent" : ""}: ${outcome}`, () => {
      assert.equal(mayRepeat(error, true), read, "a read");
      assert.equal(mayRepeat(error, false), write, "a write");
      const found = toDriverError(error, "db:5432/shop");
      assert.equal(/; a write may have happened/.test(found.message), outcome === EXECUTED_OR_NOT, found.message);
      assert.match(found.message, /^Cannot use PostgreSQL at db:5432\/shop: [^.]+$/);
      assert.equal(found.cause, undefined);
    });
  }

  it("say what an earlier attempt was refused for, when a later one gets no connection", async () => {
    const outcomes = [errorOf("25006"), new NotSent(), new NotSent()];
    const query = async (_: string, __: unknown, deadline: number): Promise<never> => {
      const error = outcomes.shift() as Error;
      if (error instanceof NotSent) await new Promise((resolve) => setTimeout(resolve, deadline - performance.now()));
      throw error;
    };
    const database = openPostgres({ query }, { where: "db:5432/shop", timeout: 200 });
    await assert.rejects(database.write({ sql: "", values: [] }), isDriverError("denied", /is read-only.*\(25006\)$/));
  });

  it("show no text of the server that may quote a value", () => {
    for (const code of ["40001", "57P01", "P0001", "22021", "23514", "08P01", "XX000"]) {
      assert.doesNotMatch(toDriverError(errorOf(code), "db").message, /secret/, code);
    }
    assert.match(
      toDriverError(errorOf("42P01", 'relation "anon_accounts" does not exist'), "db").message,
      /anon_accounts/,
    );
  });
});
