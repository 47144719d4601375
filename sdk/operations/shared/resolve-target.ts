import { liveSession } from "../../account/sessions.ts";
import type { AccountRef } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import type { Settings } from "../../settings/collections.ts";
import type { StoredAccount } from "../../storage/store.ts";
import { resolveRef } from "./resolve-ref.ts";
import { verifiedClaims } from "./verified-claims.ts";

/** The account that a call is about: that of its owner's token, or one that the application names. */
export interface Target {
  settings: Settings;
  /** The session of the token; `null` without a token. */
  sid: string | null;
  /**
   * Reads the account again in each call.
   *
   * @throws {AnonError} `invalid_token` when the token's session has ended
   */
  read(): Promise<StoredAccount | null>;
}

/** As `Target`, by a token: `read` throws when there is no account. */
export interface OwnAccount extends Target {
  sid: string;
  read(): Promise<StoredAccount>;
}

/** As `resolveToken` for a string, and else the account of a reference. */
export function resolveTarget(engine: Engine, target: string | AccountRef, doing: string): Target {
  if (typeof target === "string") return resolveToken(engine, target, doing);
  const { settings, id } = resolveRef(engine, target);
  const read = async () => (id === null ? null : await engine.store.readAccount(settings.name, id));
  return { settings, sid: null, read };
}

/**
 * The account of a token, and of nothing else: a reference is no proof.
 *
 * @param doing What a refusal names, such as "export this account"
 * @throws {AnonError} `invalid_token`
 */
export function resolveToken(engine: Engine, token: string, doing: string): OwnAccount {
  const claims = verifiedClaims(engine, token);
  const invalidToken = (): AnonError =>
    new AnonError("invalid_token", `Cannot ${doing}: the token is expired, revoked or not ours`);
  if (!claims) throw invalidToken();
  const { id, sid } = claims;
  const settings = engine.settings.get(claims.collectionId);
  const read = async (): Promise<StoredAccount> => {
    const found = await engine.store.readAccount(settings.name, id);
    if (found && liveSession(found.account, sid, settings, engine.now())) return found;
    throw invalidToken();
  };
  return { settings, sid, read };
}
