/** The rules of what the storage may delete by itself, whoever collects or not. */
import { AnonError } from "../errors.ts";
import type { Account } from "../model/account.ts";
import type { Settings } from "./settings.ts";

/**
 * Refuses a backstop that could come before gc: an account is there for as long as it may be used, warned of and restored,
 * and nothing is deleted unasked about which somebody wants to be asked.
 *
 * @throws {AnonError} `invalid_options`
 */
export function checkBackstop(settings: Settings): void {
  const { name, backstop, retention, quarantine, warning, activityResolution, keep } = settings;
  if (backstop === null) return;
  const refuse = (why: string) => new AnonError("invalid_options", `Cannot use the \`backstop\` of "${name}": ${why}`);
  if (retention === null) throw refuse("give the collection a `retention`, which it has to be longer than");
  if (keep) throw refuse("the storage does not ask `keep`, leave out one of them");
  const least = Math.max(1, retention + quarantine + warning + activityResolution);
  if (backstop < least) {
    throw refuse(
      `use ${least} ms at least, which is \`retention\`, \`quarantine\`, \`warning\` and \`activityResolution\` together`,
    );
  }
}

/**
 * Refuses whoever wants to be asked before accounts are deleted, where the storage deletes some without.
 *
 * @throws {AnonError} `invalid_options`
 */
export function refuseBeforeDelete(): never {
  throw new AnonError(
    "invalid_options",
    "Cannot use `beforeDelete` beside `backstop`: the storage asks nobody before it deletes, leave out one of them",
  );
}

/**
 * How long after this write the storage may forget an account; `undefined`: never. It counts from every write: activity
 * that was not written is younger by one resolution at most, and a warning or a quarantine begins with its write.
 */
export function ttlOf(account: Account, { backstop, merge }: Settings): number | undefined {
  if (backstop === null || !account.anonymous || account.hold) return undefined;
  // of what others rest on, or still owe to somebody, nothing is forgotten
  if (account.merging || account.incoming || account.merged?.pending) return undefined;
  return account.merged ? Math.max(backstop, merge.forwarding) : backstop;
}
