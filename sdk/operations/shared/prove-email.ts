import type { Account } from "../../account/account.ts";
import { mustHandOver, type Prover, proven } from "../../account/first-proof.ts";
import { canonicalIdentity } from "../../account/identity.ts";
import { toRecord } from "../../account/record.ts";
import type { SessionEnd } from "../../contract/hooks.ts";
import type { Engine } from "../../engine.ts";
import { notifyEnded } from "../../hooks/hooks.ts";
import { cancelIncoming, leaveUnlessOutage, settleIncoming } from "../../merge/finish.ts";
import type { Settings } from "../../settings/collections.ts";
import { changeAccount, type ReadAccount } from "../../storage/change.ts";
import type { UniqueKey } from "../../storage/uniqueness.ts";

/**
 * Verifies the email of an account. The first proof, by a person who is not signed in to the account, also hands it over.
 * One swap does both, judged by the very value that it replaces.
 *
 * @param change Gets the verified account and returns it with any other change; it may run several times
 * @param unique What the account is to own after the change
 * @returns `null` when `read` finds no account
 * @throws {AnonError} `conflict`, and what `read` and `change` throw
 */
export async function proveEmail(
  engine: Engine,
  settings: Settings,
  prover: Prover,
  read: ReadAccount,
  reason: SessionEnd,
  change: (account: Account) => Account | Promise<Account>,
  unique: readonly UniqueKey[] = [],
): Promise<Account | null> {
  const prove = async (present: Account): Promise<Account> => {
    const now = engine.now();
    // a committed merge is finished first, after which the swap fails and this starts again; any other merge is given up
    if (present.incoming && mustHandOver(present, prover, settings, now)) {
      // one that cannot be finished must not bring a squatter's fields later: it ends with the hand-over
      await settleIncoming(engine, settings, present).catch(leaveUnlessOutage);
      await cancelIncoming(engine, settings, present);
    }
    return { ...(await change(proven(present, prover, settings, now))), updated: now };
  };
  const changed = await changeAccount(engine, read, prove, unique);
  if (!changed) return null;
  const { before, after: account } = changed;
  for (const { provider } of removed(before, account)) {
    await engine.hooks.runAfter("afterUnlink", () => ({ record: toRecord(account), provider }));
  }
  await notifyEnded(engine.hooks, before, account, reason, engine.now());
  return account;
}

function removed({ identities = [] }: Account, after: Account): NonNullable<Account["identities"]> {
  const kept = new Set((after.identities ?? []).map(canonicalIdentity));
  return identities.filter((one) => !kept.has(canonicalIdentity(one)));
}
