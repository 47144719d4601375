import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import type { AccountRef } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded } from "../hooks/hooks.ts";
import { changeAccount } from "../storage/change.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

export async function endSession(engine: Engine, target: string | AccountRef, session: string): Promise<boolean> {
  const { hooks } = engine;
  const { settings, read } = resolveTarget(engine, target, "end this session");
  const now = engine.now();
  let asked = false;
  const changed = await changeAccount(engine, read, async (present) => {
    if (!liveSession(present, session, settings, now)) return null;
    if (!asked && hooks.has("beforeSessionEnd")) {
      const attempt = () => ({ record: toRecord(present), sessions: [session], reason: "ended" }) as const;
      await hooks.runBefore("beforeSessionEnd", attempt, "refused");
      asked = true;
    }
    return { ...present, sessions: present.sessions.filter(({ id }) => id !== session) };
  });
  if (!changed) throw new AnonError("not_found", "Cannot end this session: there is no account with this id");
  if (changed.written) await notifyEnded(hooks, changed.before, changed.after, "ended", now);
  return changed.written;
}
