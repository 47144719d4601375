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

export interface ValidCode {
  code: StoredCode;
  account: Account;
  /** Reads the account again; `null` when the code is no longer valid for it. */
  read: ReadAccount;
}

/**
 * The code that was typed or came by a link, with its account; `null` unless it is valid for this purpose. Wrong ones count
 * by address.
 *
 * @throws {AnonError} `rate_limited`
 */
export async function findValidCode(
  engine: Engine,
  settings: Settings,
  purpose: CodePurpose,
  typed: string,
  client: Client | undefined,
): Promise<ValidCode | null> {
  const find = async (): Promise<ValidCode | null> => {
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

/** As `findValidCode`, but throws `invalid_action_token` instead of returning `null`. */
export async function requireValidCode(...call: Parameters<typeof findValidCode>): Promise<ValidCode> {
  const found = await findValidCode(...call);
  if (!found) throw invalidCode();
  return found;
}

export function invalidCode(): AnonError {
  return new AnonError("invalid_action_token", "Cannot use this code: it is wrong, expired or used already");
}

/** Removes a code that a change of its account has made invalid. If that fails, gc removes it when it has expired. */
export async function discardCode(store: Store, code: StoredCode): Promise<void> {
  await useCode(store, code).catch(() => false);
}
