import type { Account } from "../account/account.ts";
import { isBound } from "../codes/code.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, OwnFields } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { convert } from "./convert.ts";
import { signInByEmail } from "./shared/sign-in-by-email.ts";
import { discardCode, invalidCode, requireValidCode } from "./shared/valid-code.ts";
import type { Proof } from "./verify-email.ts";

export interface Confirmation extends Proof {
  username?: string;
  data?: OwnFields;
}

/**
 * Every earlier session ends, including the one that asked, because another person may have read the mail. An account that
 * has the email unverified is signed in to instead. The guest is not merged into it, because it may belong to an attacker
 * who asked for the mail. A refusal leaves the code valid. Success ends it, because the code is bound to the guest as it
 * was before.
 */
export async function confirmConversion(
  engine: Engine,
  code: string,
  { collection, username, data, signedIn }: Confirmation = {},
  client?: Client,
): Promise<AuthData> {
  const settings = engine.settings.get(collection);
  const found = await requireValidCode(engine, settings, "conversion", code, client);
  const { id, payload } = found.code;
  const proof = (account: Account): void => {
    // the session that asked may have ended in the meantime
    if (!isBound(account, payload, settings, engine.now())) throw invalidCode();
  };
  const ref = { collection: settings.name, id };
  const { email = "" } = payload;
  const done =
    (await signInByEmail(engine, settings, { email, signedIn, method: "email_code" }, client)) ??
    (await convert(engine, ref, { username, data }, client, { vouched: { email }, proof }));
  await discardCode(engine.store, found.code);
  return done;
}
