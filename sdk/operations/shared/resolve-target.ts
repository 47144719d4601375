import { liveSession } from "../../account/sessions.ts";
import type { AccountRef } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import type { Settings } from "../../settings/collections.ts";
import type { StoredAccount } from "../../storage/store.ts";
import { resolveRef } from "./resolve-ref.ts";
import { verifiedClaims } from "./verified-claims.ts";

/** The account that a call is about: by its owner's token, or named by the application. */
export interface Target {
  settings: Settings;
  /** The session of the token; `null` of a reference. */
  sid: string | null;
  /**
   * Reads the account, as often as it is called.
   *
   * @throws {AnonError} `invalid_token` when the token's session is not there any more
   */
  read(): Promise<StoredAccount | null>;
}

/**
 * What a token or a reference names.
 *
 * @param doing what a refusal says, such as "export this account"
 * @throws {AnonError} `invalid_token`
 */
export function resolveTarget(engine: Engine, target: string | AccountRef, doing: string): Target {
  const dead = (): AnonError =>
    new AnonError("invalid_token", `Cannot ${doing}: the token is expired, revoked or not ours`);
  const claims = typeof target === "string" ? verifiedClaims(engine, target) : null;
  if (typeof target === "string" && !claims) throw dead();
  const { settings, id } = resolveRef(engine, claims ? { collection: claims.collectionId, id: claims.id } : target);
  return {
    settings,
    sid: claims?.sid ?? null,
    async read() {
      const read = id === null ? null : await engine.store.readAccount(settings.name, id);
      if (claims && !(read && liveSession(read.account, claims.sid, settings, engine.now()))) throw dead();
      return read;
    },
  };
}
