import type { Session } from "../account/account.ts";
import { active } from "../account/activity.ts";
import { extended } from "../account/sessions.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { type Changed, changeAccount } from "../storage/change.ts";
import { authDataOf } from "./shared/begin-session.ts";
import { resolveToken } from "./shared/resolve-target.ts";

export async function refresh(engine: Engine, token: string): Promise<AuthData> {
  const { settings, sid, read } = resolveToken(engine, token, "refresh");
  const now = engine.now();
  const { after } = (await changeAccount(engine, read, (present) => {
    const sessions = present.sessions.map((one) => (one.id === sid ? extended(present, one, settings, now) : one));
    return active({ ...present, sessions }, now);
  })) as Changed;
  const session = after.sessions.find(({ id }) => id === sid) as Session;
  return authDataOf(engine, after, session, now);
}
