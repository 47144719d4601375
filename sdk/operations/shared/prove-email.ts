import type { Account } from "../../account/account.ts";
import { mustHandOver, type Prover, proven } from "../../account/first-proof.ts";
import { canonicalIdentity } from "../../account/identity.ts";
import { toRecord } from "../../account/record.ts";
import type { SessionEnd } from "../../contract/hooks.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import { notifyEnded } from "../../hooks/notify.ts";
import { cancelIncoming, settleIncoming } from "../../merge/finish.ts";
import type { Settings } from "../../settings/collections.ts";
import { changeAccount, type ReadAccount } from "../../storage/change.ts";
import type { UniqueKey } from "../../storage/uniqueness.ts";

/**
 * Changes an account whose email was just proven: verified, and handed over where that is the first proof and comes from
 * a person who is not signed in to it. One swap does both, judged by the very value it replaces.
 *
 * @param change What else becomes of it, given the account as proven; may run several times
 * @param unique What the account is to own after that
 * @returns the account, or `null` when there is none
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
    // a merge that was committed is finished first, which makes this begin again; one that was only begun is given up
    if (present.incoming && mustHandOver(present, prover, settings, now)) {
      await settleIncoming(engine, settings, present).catch(leftOut);
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

/** A merge that cannot be finished (fields that do not fit) must not bring a squatter's fields later: it ends here. */
function leftOut(error: unknown): void {
  if (error instanceof AnonError && error.code === "storage_unavailable") throw error;
}

function removed({ identities = [] }: Account, after: Account): NonNullable<Account["identities"]> {
  const kept = new Set((after.identities ?? []).map(canonicalIdentity));
  return identities.filter((one) => !kept.has(canonicalIdentity(one)));
}
