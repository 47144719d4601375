import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { authenticate } from "./authenticate.ts";

export async function signInWithToken(engine: Engine, token: string): Promise<AuthData> {
  const authenticated = await authenticate(engine, token);
  if (!authenticated) {
    throw new AnonError("invalid_token", "Cannot sign in with this token: it is expired, revoked or not ours");
  }
  return { token: authenticated.token, record: authenticated.record };
}
