import type { Account } from "../account/account.ts";
import { toRecord } from "../account/record.ts";
import type { AnonRecord, ListOptions, ListOrder } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { isDamage } from "../storage/read-around-damage.ts";
import { matching } from "./shared/account-filter.ts";
import { eachAccount } from "./shared/each-account.ts";

const MAXIMUM_SORTED = 100_000;
const ORDERS: ReadonlySet<string> = new Set(["created", "updated", "lastActive"]);

/**
 * The records of a collection, in bounded memory.
 *
 * @throws {AnonError} `storage_corrupt` after the last record, if an account could not be read
 */
export async function* list(engine: Engine, options: ListOptions = {}): AsyncGenerator<AnonRecord> {
  const { collection, limit = Number.POSITIVE_INFINITY, sort, ...filter } = options;
  const settings = engine.settings.get(collection);
  const wanted = matching(filter, settings, engine.now());
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new AnonError("invalid_options", "Cannot use this `limit`: use a whole number");
  }
  if (sort !== undefined) {
    yield* sorted(eachAccount(engine, settings.name), wanted, sort, limit);
    return;
  }
  let left = limit;
  if (left <= 0) return;
  for await (const account of eachAccount(engine, settings.name)) {
    if (!wanted(account)) continue;
    yield toRecord(account);
    if (--left <= 0) return;
  }
}

/** The first `limit` accounts in order. Keeps up to twice as many. */
async function* sorted(
  accounts: AsyncIterable<Account>,
  wanted: (account: Account) => boolean,
  sort: ListOrder,
  limit: number,
): AsyncGenerator<AnonRecord> {
  const by = String(sort).replace(/^-/, "") as "created" | "updated" | "lastActive";
  if (!ORDERS.has(by)) {
    throw new AnonError("invalid_options", `Cannot use this \`sort\`: use ${[...ORDERS].join(", ")}, or -created …`);
  }
  if (limit > MAXIMUM_SORTED) {
    throw new AnonError(
      "invalid_options",
      `Cannot sort without a \`limit\` up to ${MAXIMUM_SORTED}: the accounts to sort are kept in memory`,
    );
  }
  const sign = sort.startsWith("-") ? -1 : 1;
  const compare = (one: Account, other: Account) => sign * (one[by] - other[by]) || (one.id < other.id ? -1 : 1);
  const first: Account[] = [];
  let failure: unknown;
  try {
    for await (const account of accounts) {
      if (!wanted(account) || first.push(account) < 2 * limit) continue;
      first.sort(compare).length = limit;
    }
  } catch (error) {
    // thrown after the last record, as without an order
    if (!isDamage(error)) throw error;
    failure = error;
  }
  for (const account of first.sort(compare).slice(0, limit)) yield toRecord(account);
  if (failure !== undefined) throw failure;
}
