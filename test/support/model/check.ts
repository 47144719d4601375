/** Checks that the storage has exactly the accounts of the model. */
import assert from "node:assert/strict";
import { findByEmail } from "../../../sdk/operations/find-by-email.ts";
import { get } from "../../../sdk/operations/get.ts";
import { inspect } from "../../../sdk/operations/inspect.ts";
import { list } from "../../../sdk/operations/list.ts";
import { listSessions } from "../../../sdk/operations/list-sessions.ts";
import { accountKey } from "../../../sdk/storage/keys.ts";
import { collect } from "../sdk.ts";
import { accountsOf, checkAlways, dueOf, locksOwnedBy } from "../world.ts";
import type { Real } from "./real.ts";
import { iso, type Model, recordOf } from "./state.ts";

/** Compares one account, as `admin.inspect` returns it. */
export async function checkAccount(model: Model, { engine }: Real, id: string): Promise<void> {
  const account = model.accounts.get(id);
  const status = await inspect(engine, id);
  if (!account) return assert.equal(status, null, `there is no ${id}`);
  const { hold, quarantine, merged } = account;
  assert.deepEqual(status, {
    record: recordOf(account),
    lastActive: iso(account.lastActive),
    sessions: account.sessions.filter(({ sid }) => model.live(account, sid)).length,
    hold: hold && { ...hold, since: iso(hold.since) },
    quarantine: quarantine && { since: iso(quarantine.since), until: iso(quarantine.until) },
    merged: merged && { into: merged.into, at: iso(merged.at) },
  });
}

/** Compares the account that an id leads to. */
export async function checkForwarding(model: Model, { engine }: Real, id: string): Promise<void> {
  const owner = model.forwarded(id);
  const mergedFrom = owner && owner.id !== id ? { mergedFrom: id } : {};
  assert.deepEqual(await get(engine, id), owner ? { ...recordOf(owner), ...mergedFrom } : null);
}

/** Compares everything: the accounts, lookups and lists, the locks, and the due queue. */
export async function checkState(model: Model, real: Real): Promise<void> {
  const { world, engine } = real;
  for (const id of model.ids) {
    await checkAccount(model, real, id);
    await checkForwarding(model, real, id);
  }
  const all = [...model.accounts.values()];
  for (const quarantined of [false, true]) {
    const listed = (await collect(list(engine, { quarantined }))).map(({ id }) => id);
    const expected = all
      .filter(({ quarantine, merged }) => !merged && (quarantine !== null) === quarantined)
      .map(({ id }) => id);
    assert.deepEqual(listed.sort(), expected.sort(), quarantined ? "in quarantine" : "usable");
  }
  for (const account of all) {
    const { id, email } = account;
    const expected = model.usable(id)?.id;
    if (expected) {
      const valid = account.sessions.map(({ sid }) => sid).filter((sid) => model.live(account, sid));
      const shown = (await listSessions(engine, { id })).map((one) => one.id);
      assert.deepEqual(shown.sort(), valid.sort(), "exactly the valid sessions are listed");
    }
    assert.equal((await findByEmail(engine, email.toUpperCase()))?.id, expected);
  }
  assert.deepEqual(real.application.orders, model.orders, "every order is at the account that it was moved to");

  await checkAlways(world);
  const stored = await accountsOf(world);
  assert.deepEqual(stored.map(({ id }) => id).sort(), [...model.accounts.keys()].sort(), "nothing else is stored");
  const locks = await collect(world.driver.keys("clm:"));
  assert.deepEqual(locks.sort(), stored.flatMap(locksOwnedBy).sort(), "the locks are those that accounts own");
  // the queue has codes too
  const due = [...(await dueOf(world))].filter(([key]) => !key.startsWith("cod:"));
  const expected = all.flatMap((one) => (one.due === null ? [] : [[accountKey("users", one.id), one.due] as const]));
  assert.deepEqual(due.sort(), expected.sort(), "the due queue holds exactly the guests, each at its time");
}
