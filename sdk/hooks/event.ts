/** Events, which audit logs and metrics may keep: without a token, an email or a field. */

import type { AfterHook, AnonEvent, AnonHooks } from "../contract/hooks.ts";
import type { AnonRecord } from "../contract/records.ts";

const TYPES: Readonly<Record<AfterHook, AnonEvent["type"]>> = {
  afterCreate: "created",
  afterSignIn: "signed_in",
  afterConvert: "converted",
  afterMerge: "merged",
  afterLink: "linked",
  afterUnlink: "unlinked",
  afterQuarantine: "quarantined",
  afterRestore: "restored",
  afterDelete: "deleted",
  afterSessionEnd: "session_ended",
};

/** All parameters of after-hooks that an event is made from. */
type Parts = { record: AnonRecord } & Partial<{
  method: string;
  by: string;
  reason: string;
  sessions: readonly string[];
}>;

/** The event of an after-hook. `now` is in milliseconds since the epoch. */
export function eventOf<Name extends AfterHook>(
  name: Name,
  done: Parameters<AnonHooks[Name]>[0],
  now: number,
): AnonEvent {
  const { record, method, by, reason, sessions } = done as Parts;
  const cause = (method ?? by ?? reason) as AnonEvent["cause"];
  return {
    type: TYPES[name],
    account: { collection: record.collectionName, id: record.id },
    anonymous: record.anonymous,
    time: new Date(now).toISOString(),
    ...(cause === undefined ? {} : { cause }),
    ...(sessions === undefined ? {} : { sessions: sessions.length }),
  };
}
