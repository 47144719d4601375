/** Events: what happened, as audit logs and metrics may have it. */

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

/** Everything that after-hooks receive. */
type Told = { record: AnonRecord } & Partial<{
  method: string;
  by: string;
  reason: string;
  sessions: readonly string[];
}>;

/** The event of an after-hook, at `now` in milliseconds since the epoch: never a token, an email or a field. */
export function eventOf<Name extends AfterHook>(
  name: Name,
  done: Parameters<AnonHooks[Name]>[0],
  now: number,
): AnonEvent {
  const { record, method, by, reason, sessions } = done as Told;
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
