/** Accounts as people name them: by email if there is an @, otherwise by id, otherwise by username. */
import { isOwnId } from "../../sdk/account/id.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { AnonRecord } from "../../sdk/contract/records.ts";
import { AnonError } from "../../sdk/errors.ts";
import { quote } from "./errors.ts";

/** @throws {AnonError} `not_found` */
export async function findRecord(anon: Anon, account: string, collection = "users"): Promise<AnonRecord> {
  const record = account.includes("@")
    ? await anon.admin.findByEmail(account, { collection })
    : ((await anon.admin.get({ collection, id: account })) ?? (await byUsername(anon, account, collection)));
  return record ?? notFound(account, collection);
}

/** What the SDK calls an account by. An account that is named by an id of our form is not read. */
export async function findRef(
  anon: Anon,
  account: string,
  collection?: string,
): Promise<{ collection?: string; id: string }> {
  if (account.includes("@")) return { collection, id: (await findRecord(anon, account, collection)).id };
  // an account in quarantine is found by its id too
  const isId = isOwnId(account) || (await anon.admin.inspect({ collection, id: account })) !== null;
  return { collection, id: isId ? account : ((await byUsername(anon, account, collection))?.id ?? account) };
}

/** A text of the form of our ids is none: another person may have chosen a deleted account's id as a username. */
async function byUsername(anon: Anon, account: string, collection?: string): Promise<AnonRecord | null> {
  return isOwnId(account) ? null : await anon.admin.findByUsername(account, { collection });
}

/** @throws {AnonError} `not_found`, always */
export function notFound(account: string, collection = "users"): never {
  throw new AnonError("not_found", `Cannot find account ${quote(account)}: there is none in collection ${collection}`);
}
