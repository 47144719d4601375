import type { Account } from "../../account/account.ts";
import type { AccountRef } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import { type Changed, changeAccount } from "../../storage/change.ts";
import { resolveRef } from "./resolve-ref.ts";

/**
 * Changes the account that the application names, in quarantine too.
 *
 * @param notFound The message when there is none
 * @throws {AnonError} `not_found`, `conflict`
 */
export async function changeByRef(
  engine: Engine,
  ref: string | AccountRef,
  notFound: string,
  change: (account: Account) => Account | null,
): Promise<Changed> {
  const { settings, id } = resolveRef(engine, ref);
  const read = async () => (id === null ? null : await engine.store.readUnmerged(settings.name, id));
  const changed = await changeAccount(engine, read, change);
  if (!changed) throw new AnonError("not_found", notFound);
  return changed;
}
