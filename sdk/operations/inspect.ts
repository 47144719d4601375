import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import type { AccountRef } from "../contract/records.ts";
import type { AccountStatus } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

export async function inspect(engine: Engine, ref: string | AccountRef): Promise<AccountStatus | null> {
  const { settings, id } = resolveRef(engine, ref);
  const read = id === null ? null : await engine.store.readAny(settings.name, id);
  if (!read) return null;
  const { account } = read;
  const { hold, quarantine, merged } = account;
  const now = engine.now();
  return {
    record: toRecord(account),
    lastActive: iso(account.lastActive),
    sessions: account.sessions.filter((one) => liveSession(account, one.id, settings, now)).length,
    hold: hold ? { ...hold, since: iso(hold.since) } : null,
    merged: merged ? { into: merged.into, at: iso(merged.at) } : null,
    quarantine: quarantine ? { since: iso(quarantine.since), until: iso(quarantine.until) } : null,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
