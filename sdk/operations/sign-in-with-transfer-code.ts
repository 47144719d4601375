import { useCode } from "../codes/code.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { beginSession, checkSignIn } from "./shared/begin-session.ts";
import { findValidCode } from "./shared/valid-code.ts";

export async function signInWithTransferCode(
  engine: Engine,
  code: string,
  options: { collection?: string } = {},
  client?: Client,
): Promise<AuthData> {
  const settings = engine.settings.get(options.collection);
  const found = await findValidCode(engine, settings, "transfer", code, client);
  if (!found) throw refused();
  await checkSignIn(engine, found.account, "transfer_code", client);
  // before the session begins, so that no code begins two
  if (!(await useCode(engine.store, found.code))) throw refused();
  // the session that made the code may have ended since: then `found.read` finds no account
  const begun = await beginSession(engine, settings, "transfer_code", found.read);
  if (!begun) throw refused();
  return begun;
}

function refused(): AnonError {
  return new AnonError("invalid_transfer_code", "Cannot sign in: this code is wrong, expired or used already");
}
