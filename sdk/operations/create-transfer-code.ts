import { active, mustWriteActivity } from "../account/activity.ts";
import { liveSession } from "../account/sessions.ts";
import { bindingOf, createCode } from "../codes/code.ts";
import { transferLifetime } from "../codes/lifetime.ts";
import { shownCode } from "../codes/spelling.ts";
import type { Duration, TransferCode } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { subjectOfAccount } from "../limits/subjects.ts";
import { changeAccount } from "../storage/change.ts";
import { verifiedClaims } from "./shared/verified-claims.ts";

export async function createTransferCode(
  engine: Engine,
  token: string,
  options: { expiresIn?: Duration } = {},
): Promise<TransferCode> {
  const { store } = engine;
  const life = transferLifetime(options.expiresIn);
  const claims = verifiedClaims(engine, token);
  if (!claims) throw dead();
  const settings = engine.settings.get(claims.collectionId);
  const now = engine.now();
  // making a code is activity as any other
  const changed = await changeAccount(
    engine,
    () => store.readAccount(settings.name, claims.id),
    (present) => {
      if (!liveSession(present, claims.sid, settings, now)) throw dead();
      return mustWriteActivity(present, settings, now) ? active(present, now) : null;
    },
  );
  const account = changed?.after;
  const session = account && liveSession(account, claims.sid, settings, now);
  if (!session) throw dead();
  await engine.limits.take("transferCodesPerAccount", subjectOfAccount(settings.name, account.id));
  // it ends with its session in any case, so no longer time is promised
  const expires = Math.min(now + life, session.expires);
  const payload = bindingOf(account, { sid: session.id });
  const made = { purpose: "transfer", id: account.id, at: now, expires, payload } as const;
  const code = await createCode(store, settings.name, made);
  return { code: shownCode(code), expires: new Date(expires).toISOString() };
}

function dead(): AnonError {
  return new AnonError("invalid_token", "Cannot make a transfer code: the token is expired, revoked or not ours");
}
