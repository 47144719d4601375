/** Accounts as people name them: by email if there is an @, otherwise by id. */
import type { Anon } from "../../sdk/contract/anon.ts";
import type { AnonRecord } from "../../sdk/contract/records.ts";
import { AnonError } from "../../sdk/errors.ts";
import { quote } from "./errors.ts";

/** @throws {AnonError} `not_found` */
export async function findRecord(anon: Anon, account: string, collection = "users"): Promise<AnonRecord> {
  const record = account.includes("@")
    ? await anon.admin.findByEmail(account, { collection })
    : await anon.admin.get({ collection, id: account });
  return record ?? notFound(account, collection);
}

/** What the SDK calls an account by. An account that is named by its id is not read. */
export async function findRef(
  anon: Anon,
  account: string,
  collection?: string,
): Promise<{ collection?: string; id: string }> {
  return { collection, id: account.includes("@") ? (await findRecord(anon, account, collection)).id : account };
}

/** @throws {AnonError} `not_found`, always */
export function notFound(account: string, collection = "users"): never {
  throw new AnonError("not_found", `Cannot find account ${quote(account)}: there is none in collection ${collection}`);
}
