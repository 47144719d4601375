import type { Account } from "../account/account.ts";
import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import { stateOf } from "../account/state.ts";
import type { AccountFilter, AccountRef } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { cancelIncoming } from "../merge/finish.ts";
import { checkKeys } from "../settings/options.ts";
import { removeAccount } from "../storage/change.ts";
import { matching } from "./shared/account-filter.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

interface DeleteOptions {
  onlyAnonymous?: boolean;
  filter?: AccountFilter;
  session?: string;
}

const OPTIONS: Record<keyof DeleteOptions, true> = { onlyAnonymous: true, filter: true, session: true };

/**
 * Deletes an account with its sessions and locks. All conditions are checked on the very value that is deleted. Returns
 * whether an account was deleted.
 *
 * @param session The owner's session, if the owner asks: nothing is deleted if it has ended
 * @param silent Runs no hooks: for an account whose creation ran none
 * @throws {AnonError} `account_held`, `refused`, `conflict`; `invalid_options`, because a condition that is misspelt must not
 * delete what it was to spare
 */
export async function deleteByRef(
  engine: Engine,
  ref: string | AccountRef,
  options: DeleteOptions = {},
  silent = false,
): Promise<boolean> {
  checkKeys("", OPTIONS, options);
  const { onlyAnonymous = false, filter, session } = options;
  const { store, hooks } = engine;
  const { settings, id } = resolveRef(engine, ref);
  if (id === null) return false;
  const matches = filter === undefined ? null : matching(filter, settings, engine.now());
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
