import type { Account } from "../account/account.ts";
import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import { stateOf } from "../account/state.ts";
import type { AccountFilter, AccountRef } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { cancelIncoming } from "../merge/finish.ts";
import { removeAccount } from "../storage/change.ts";
import { matching } from "./shared/account-filter.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

/**
 * Deletes an account with its sessions and locks. All conditions are checked on the very value that is deleted. Returns
 * whether an account was deleted.
 *
 * @param session The owner's session, if the owner asks: nothing is deleted if it has ended
 * @param silent Runs no hooks: for an account whose creation ran none
 * @throws {AnonError} `account_held`, `refused`, `conflict`
 */
export async function deleteByRef(
  engine: Engine,
  ref: string | AccountRef,
  {
    onlyAnonymous = false,
    filter,
    session,
  }: { onlyAnonymous?: boolean; filter?: AccountFilter; session?: string } = {},
  silent = false,
): Promise<boolean> {
  const { store, hooks } = engine;
  const { settings, id } = resolveRef(engine, ref);
  if (id === null) return false;
  const matches = filter && matching(filter, settings, engine.now());
  const deletionOf = (account: Account) => () => ({ record: toRecord(account), by: "delete" as const });
  const removed = await removeAccount(
    engine,
    () => store.readAny(settings.name, id),
    async (account, attempt) => {
      const state = stateOf(account);
      if (state === "merged" || (onlyAnonymous && !account.anonymous)) return false;
      if (matches && !matches(account)) return false;
      if (session !== undefined) {
        // in quarantine the owner's tokens are invalid: only the application may delete the account
        if (state === "quarantined" || !liveSession(account, session, settings, engine.now())) return false;
      }
      if (account.hold) {
        throw new AnonError("account_held", "Cannot delete this account: it is on hold, release that first");
      }
      if (!silent && attempt === 0) await hooks.runBefore("beforeDelete", deletionOf(account), "refused");
      await cancelIncoming(engine, settings, account);
      return true;
    },
  );
  if (!removed) return false;
  if (silent) return true;
  if (removed.anonymous) engine.guestCounts.release(settings.name);
  await hooks.runAfter("afterDelete", deletionOf(removed));
  return true;
}
