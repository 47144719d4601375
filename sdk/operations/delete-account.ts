import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { deleteByRef } from "./delete.ts";
import { verifiedClaims } from "./shared/verified-claims.ts";

export async function deleteAccount(engine: Engine, token: string): Promise<void> {
  const claims = verifiedClaims(engine, token);
  const ref = claims && { collection: claims.collectionId, id: claims.id };
  if (ref && (await deleteByRef(engine, ref, { session: claims.sid }))) return;
  throw new AnonError("invalid_token", "Cannot delete this account: the token is expired, revoked or not ours");
}
