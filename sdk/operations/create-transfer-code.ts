import type { Session } from "../account/account.ts";
import { active, mustWriteActivity } from "../account/activity.ts";
import { bindingOf, createCode } from "../codes/code.ts";
import { transferLifetime } from "../codes/lifetime.ts";
import { shownCode } from "../codes/spelling.ts";
import type { Duration, TransferCode } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { subjectOfAccount } from "../limits/subjects.ts";
import { type Changed, changeAccount } from "../storage/change.ts";
import { resolveToken } from "./shared/resolve-target.ts";

export async function createTransferCode(
  engine: Engine,
  token: string,
  options: { expiresIn?: Duration } = {},
): Promise<TransferCode> {
  const life = transferLifetime(options.expiresIn);
  const { settings, sid, read } = resolveToken(engine, token, "make a transfer code");
  const now = engine.now();
  // the call is activity of the account, like any other with its token
  const { after: account } = (await changeAccount(engine, read, (present) =>
    mustWriteActivity(present, settings, now) ? active(present, now) : null,
  )) as Changed;
  const session = account.sessions.find(({ id }) => id === sid) as Session;
  await engine.limits.take("transferCodesPerAccount", subjectOfAccount(settings.name, account.id));
  // the code ends with its session, so `expires` must not promise more
  const expires = Math.min(now + life, session.expires);
  const payload = bindingOf(account, { sid });
  const made = { purpose: "transfer", id: account.id, at: now, expires, payload } as const;
  const code = await createCode(engine.store, settings.name, made);
  return { code: shownCode(code), expires: new Date(expires).toISOString() };
}
