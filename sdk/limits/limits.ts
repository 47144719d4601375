/** How often who may do what. */
import { AnonError } from "../errors.ts";
import { isByAddress, type LimitName, type LimitSettings } from "../settings/limits.ts";
import type { AtomicDriver, Counter } from "../storage/port.ts";

/** Limits, counted by name and subject: an address or an identity. Without a subject (`undefined`) nothing is counted. */
export interface Limits {
  /**
   * Counts one more, before what is limited is done.
   *
   * @throws {AnonError} `rate_limited`
   */
  take(name: LimitName, subject: string | undefined): Promise<void>;
  /** Counts one less: what was to be limited did not happen. Never rejects, because the caller is about to report why. */
  giveBack(name: LimitName, subject: string | undefined): Promise<void>;
  /** Counts anew from nothing. Never rejects. */
  clear(name: LimitName, subject: string | undefined): Promise<void>;
}

const WHAT: Readonly<Record<LimitName, string>> = {
  signUpsPerAddress: "create another account: of this address were counted",
  passwordsPerAddress: "check this password: of this address were wrong",
  passwordsPerIdentity: "check this password: for this identity were wrong",
  codesPerAddress: "check this code: of this address were wrong",
  transferCodesPerAccount: "make another code: for this account were made",
  mailsPerAddress: "send another mail: this address asked for",
  mailsPerRecipient: "send another mail: for this recipient were asked",
};

/** Limits over what counts them. Nothing is loaded before something is limited. */
export function createLimits({ rates, ipv6Prefix }: LimitSettings, driver: AtomicDriver): Limits {
  const counters = new Map<LimitName, Counter>();

  async function counterOf(name: LimitName): Promise<Counter | null> {
    const limit = rates.get(name);
    if (!limit) return null;
    const known = counters.get(name);
    if (known) return known;
    // on the storage's server where there is one: that is the same for all processes
    const open = driver.counter
      ? () => driver.counter?.(name, limit) as Counter
      : await import("./memory-counter.ts").then(
          ({ openCounter }) =>
            () =>
              openCounter(limit),
        );
    // the counter is kept and not the promise of one, which in Workers would be another request's
    const counter = counters.get(name) ?? open();
    counters.set(name, counter);
    return counter;
  }

  /** What is no address is counted together: spelling it differently must not be a way around. */
  async function keyOf(name: LimitName, subject: string): Promise<string> {
    if (!isByAddress(name)) return subject;
    const { networkOf } = await import("./networks.ts");
    return networkOf(subject, ipv6Prefix) ?? "unknown";
  }

  return {
    async take(name, subject) {
      if (subject === undefined) return;
      const counter = await counterOf(name);
      if (!counter) return;
      let wait: number | null;
      try {
        wait = await counter.take(await keyOf(name, subject));
      } catch (cause) {
        const { message } = cause as Error;
        throw new AnonError("storage_unavailable", `Cannot count in the storage: ${message}`, { cause });
      }
      if (wait === null) return;
      const { max, seconds } = rates.get(name) as { max: number; seconds: number };
      const retryAfter = Math.max(1, Math.ceil(wait / 1_000));
      throw new AnonError(
        "rate_limited",
        `Cannot ${WHAT[name]} ${max} within ${seconds} s, try again in ${retryAfter} s`,
        { retryAfter },
      );
    },
    giveBack: (name, subject) => silent(name, subject, (counter, key) => counter.giveBack(key)),
    clear: (name, subject) => silent(name, subject, (counter, key) => counter.clear(key)),
  };

  async function silent(
    name: LimitName,
    subject: string | undefined,
    change: (counter: Counter, key: string) => Promise<void>,
  ): Promise<void> {
    if (subject === undefined) return;
    try {
      const counter = await counterOf(name);
      if (counter) await change(counter, await keyOf(name, subject));
    } catch {
      // it stays counted until its window ends
    }
  }
}
