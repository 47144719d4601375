import type { Account } from "../../account/account.ts";
import { type CodePurpose, findCode, isBound, type StoredCode, useCode } from "../../codes/code.ts";
import { codeInToken } from "../../codes/mailed-token.ts";
import type { Client } from "../../contract/limits.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import type { Settings } from "../../settings/collections.ts";
import type { ReadAccount } from "../../storage/change.ts";
import type { Store } from "../../storage/store.ts";
import { limitAttempts } from "./limit-attempts.ts";

/** A code that is good, and its account. */
export interface GoodCode {
  code: StoredCode;
  account: Account;
  /** Reads the account again; `null` when the code is not good for it any more. */
  read: ReadAccount;
}

/**
 * The code that was typed or came by a link, if it is good for this purpose. Wrong ones are counted by address.
 *
 * @throws {AnonError} `rate_limited`
 */
export async function goodCode(
  engine: Engine,
  settings: Settings,
  purpose: CodePurpose,
  typed: string,
  client: Client | undefined,
): Promise<GoodCode | null> {
  const find = async (): Promise<GoodCode | null> => {
    const { store } = engine;
    const code = await findCode(store, settings.name, purpose, codeInToken(typed), engine.now());
    if (!code) return null;
    const read: ReadAccount = async () => {
      const present = await store.readAccount(settings.name, code.id);
      return present && isBound(present.account, code.payload, settings, engine.now()) ? present : null;
    };
    const account = (await read())?.account;
    return account ? { code, account, read } : null;
  };
  return (await limitAttempts(engine, { codesPerAddress: client?.address }, find)) || null;
}

/** As `goodCode`, but throws `invalid_action_token` instead of returning `null`. */
export async function mailedCode(...call: Parameters<typeof goodCode>): Promise<GoodCode> {
  const found = await goodCode(...call);
  if (!found) throw deadCode();
  return found;
}

export function deadCode(): AnonError {
  return new AnonError("invalid_action_token", "Cannot use this code: it is wrong, expired or used already");
}

/** Removes a code that is bound to the account as it was before, so it is invalid. If that fails, it goes when it expires. */
export async function discardCode(store: Store, code: StoredCode): Promise<void> {
  await useCode(store, code).catch(() => false);
}
