import { liveSession } from "../account/sessions.ts";
import type { AccountRef, SessionInfo } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

export async function listSessions(engine: Engine, target: string | AccountRef): Promise<SessionInfo[]> {
  const { settings, sid, read } = resolveTarget(engine, target, "list the sessions");
  const found = await read();
  if (!found) throw new AnonError("not_found", "Cannot list the sessions: there is no account with this id");
  const now = engine.now();
  const { account } = found;
  return account.sessions
    .filter(({ id }) => liveSession(account, id, settings, now))
    .sort((one, other) => one.created - other.created)
    .map(({ id, created, expires }) => ({
      id,
      created: new Date(created).toISOString(),
      expires: new Date(expires).toISOString(),
      current: id === sid,
    }));
}
