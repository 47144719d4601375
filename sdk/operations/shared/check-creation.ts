import type { Client } from "../../contract/limits.ts";
import type { OwnFields } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import type { Settings } from "../../settings/collections.ts";

/** An account that is about to be created. */
export interface CreationRequest {
  settings: Settings;
  data: OwnFields;
  client: Client | undefined;
  /** Whether it is registered at once. */
  registers: boolean;
}

/**
 * Creates one more account if the limit of its address, the hook `beforeCreate` and `maxAnonymous` allow it. An account
 * that was created counts, and so does a refusal of the hook, because a wrong answer to a captcha is an attempt.
 *
 * @param make Returns `null` when the account existed already
 * @throws {AnonError} `rate_limited`, `creation_refused`, `too_many_anonymous`; and what the hook throws
 */
export async function checkCreation<T>(
  engine: Engine,
  { settings, data, client, registers }: CreationRequest,
  make: () => Promise<T | null>,
): Promise<T | null> {
  const { limits, hooks } = engine;
  const address = client?.address;
  await limits.take("signUpsPerAddress", address);
  let release: ((made: boolean) => void) | null = null;
  let counts = false;
  try {
    if (hooks.has("beforeCreate")) {
      // a copy, because changes by the hook would not be validated
      const creation = () => ({
        collection: settings.name,
        anonymous: !registers,
        data: structuredClone(data),
        request: client?.request,
        address,
      });
      try {
        await hooks.runBefore("beforeCreate", creation, "creation_refused");
      } catch (error) {
        counts = error instanceof AnonError && error.code === "creation_refused";
        throw error;
      }
    }
    if (!registers && isCapped(engine, settings)) release = await takePlace(engine, settings);
    // counts also when the storage fails: the account may exist all the same
    counts = true;
    const made = await make();
    counts = made !== null;
    return made;
  } finally {
    release?.(counts);
    if (!counts) await limits.giveBack("signUpsPerAddress", address);
  }
}

/** Whether there is a `maxAnonymous`: of all collections, or of this one. */
export function isCapped(engine: Engine, { maxAnonymous }: Settings): boolean {
  return Math.min(maxAnonymous, engine.settings.maxAnonymous) !== Number.POSITIVE_INFINITY;
}

/** Takes a place of each `maxAnonymous` that is set. */
async function takePlace(engine: Engine, { name, maxAnonymous }: Settings) {
  const releases: ((made: boolean) => void)[] = [];
  const release = (made: boolean): void => {
    for (const one of releases) one(made);
  };
  const caps = [
    { of: null, cap: engine.settings.maxAnonymous, full: "all collections together have" },
    { of: name, cap: maxAnonymous, full: `collection "${name}" has` },
  ];
  try {
    for (const { of, cap, full } of caps) {
      if (cap === Number.POSITIVE_INFINITY) continue;
      const one = await engine.guestCounts.of(of).take(cap);
      if (!one) {
        throw new AnonError(
          "too_many_anonymous",
          `Cannot create another anonymous account: ${full} ${cap}, collect inactive ones or raise \`maxAnonymous\``,
        );
      }
      releases.push(one);
    }
  } catch (error) {
    release(false);
    throw error;
  }
  return release;
}
