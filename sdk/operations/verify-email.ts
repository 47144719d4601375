import { toRecord } from "../account/record.ts";
import type { Client } from "../contract/limits.ts";
import type { AnonRecord, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { proveEmail } from "./shared/prove-email.ts";
import { discardCode, invalidCode, requireValidCode } from "./shared/valid-code.ts";

export interface Proof {
  collection?: string;
  /** The claims of the caller's tokens. With a session of the account the first proof of its email ends nothing. */
  signedIn?: readonly TokenClaims[];
}

export async function verifyEmail(
  engine: Engine,
  code: string,
  { collection, signedIn }: Proof = {},
  client?: Client,
): Promise<AnonRecord> {
  const { store } = engine;
  const settings = engine.settings.get(collection);
  const found = await requireValidCode(engine, settings, "verification", code, client);
  const verified = await proveEmail(engine, settings, { signedIn }, found.read, "verification", (account) => account);
  if (!verified) throw invalidCode();
  await discardCode(store, found.code);
  return toRecord(verified);
}
