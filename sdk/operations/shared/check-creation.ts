import type { Client } from "../../contract/limits.ts";
import type { OwnFields } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import type { Settings } from "../../settings/collections.ts";

/** An account that is about to be made. */
export interface CreationRequest {
  settings: Settings;
  data: OwnFields;
  client: Client | undefined;
  /** Whether it is made to be registered at once. */
  registers: boolean;
}

/**
 * Makes one more account if that may be: not too many come from its address, the application has nothing against it, and
 * there are not too many guests. When `make` returns `null`, because the account was there already, it is not counted; nor
 * is what is refused, except by the application: wrong answers to a captcha are attempts, too.
 *
 * @throws {AnonError} `rate_limited`, `creation_refused`, `too_many_anonymous`; and what the application's hook throws
 */
export async function checkCreation<T>(
  engine: Engine,
  { settings, data, client, registers }: CreationRequest,
  make: () => Promise<T | null>,
): Promise<T | null> {
  const { limits, hooks } = engine;
  const { address, request } = client ?? {};
  await limits.take("signUpsPerAddress", address);
  let release: ((made: boolean) => void) | null = null;
  let counts = false;
  try {
    if (hooks.has("beforeCreate")) {
      // a copy: what it changes was not validated
      const creation = () => ({
        collection: settings.name,
        anonymous: !registers,
        data: structuredClone(data),
        request,
        address,
      });
      try {
        await hooks.runBefore("beforeCreate", creation, "creation_refused");
      } catch (error) {
        counts = error instanceof AnonError && error.code === "creation_refused";
        throw error;
      }
    }
    release = await place(engine, settings, registers);
    // when storage fails it may have been made all the same
    counts = true;
    const made = await make();
    counts = made !== null;
    return made;
  } finally {
    release?.(counts);
    if (!counts) await limits.giveBack("signUpsPerAddress", address);
  }
}

/** A place among the guests of all collections and of this one, where there is a cap; who registers needs none. */
async function place(engine: Engine, { name, maxAnonymous }: Settings, registers: boolean) {
  const releases: ((made: boolean) => void)[] = [];
  const release = (made: boolean): void => {
    for (const one of releases) one(made);
  };
  const caps = [
    { of: null, cap: engine.settings.maxAnonymous, full: "all collections together have" },
    { of: name, cap: maxAnonymous, full: `collection "${name}" has` },
  ];
  for (const { of, cap, full } of caps) {
    if (registers || cap === Number.POSITIVE_INFINITY) continue;
    const one = await engine.guestCounts
      .of(of)
      .take(cap)
      .catch((error) => {
        release(false);
        throw error;
      });
    if (one) releases.push(one);
    else {
      release(false);
      throw new AnonError(
        "too_many_anonymous",
        `Cannot create another anonymous account: ${full} ${cap}, collect inactive ones or raise \`maxAnonymous\``,
      );
    }
  }
  return release;
}
