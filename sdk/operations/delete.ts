import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import type { AccountRef } from "../contract/records.ts";
import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { cancelIncoming } from "../merge/finish.ts";
import { releaseClaims, unsettleClaims } from "../storage/uniqueness.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

const MAXIMUM_ATTEMPTS = 64;

/**
 * Deletes an account with its sessions and claims, whatever it is, or only while it is anonymous: that is judged by the very
 * value that is deleted. Answers whether there was one.
 *
 * @param session The session of its owner who asks: when it ended meanwhile, or in quarantine, nothing is deleted
 * @param quietly Of an account that nobody was told of nobody is told that it goes
 * @throws {AnonError} `account_held`, `refused`, `conflict`
 */
export async function deleteAccount(
  engine: Engine,
  ref: string | AccountRef,
  { onlyAnonymous = false, session }: { onlyAnonymous?: boolean; session?: string } = {},
  quietly = false,
): Promise<boolean> {
  const { store, happenings } = engine;
  const { settings, id } = resolveRef(engine, ref);
  if (id === null) return false;
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const read = await store.readAny(settings.name, id);
    if (!read || read.account.merged || (onlyAnonymous && !read.account.anonymous)) return false;
    // in quarantine its tokens are nobody's: it is for whoever runs the application to delete
    const isOwner = session === undefined || liveSession(read.account, session, settings, engine.now());
    if (!isOwner || (session !== undefined && read.account.quarantine)) return false;
    if (read.account.hold) {
      throw new AnonError("account_held", "Cannot delete this account: it is on hold, release that first");
    }
    const deletion = () => ({ record: toRecord(read.account), by: "delete" as const });
    if (!quietly && attempt === 0) await happenings.ask("beforeDelete", deletion, "refused");
    await cancelIncoming(engine, settings, read.account);
    const claims = await unsettleClaims(claimContext(engine), read.account);
    if (!(await store.swap(read.key, read.text, null, null, { durable: !read.account.anonymous }))) continue;
    if (read.account.anonymous && !quietly) engine.populations.left(settings.name);
    // the account is gone; a claim that could not be released owns nothing and goes with the next gc
    await releaseClaims(claimContext(engine), claims).catch(() => undefined);
    if (!quietly) await happenings.tell("afterDelete", deletion);
    return true;
  }
  throw new AnonError("conflict", "Cannot delete this account: too many change it at the same time, try again");
}
