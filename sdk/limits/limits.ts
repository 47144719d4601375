import { AnonError } from "../errors.ts";
import { isByAddress, type Limit, type LimitName, type LimitSettings } from "../settings/limits.ts";
import type { DriverHandle } from "../storage/driver-handle.ts";
import type { Counter } from "../storage/port.ts";

/** Counts by name and subject: an address or an identity. Without a subject (`undefined`) nothing is counted. */
export interface Limits {
  /**
   * Counts one more, before the limited action.
   *
   * @throws {AnonError} `rate_limited`
   */
  take(name: LimitName, subject: string | undefined): Promise<void>;
  /** Counts one less, because nothing happened. Never rejects: the caller is about to report why. */
  giveBack(name: LimitName, subject: string | undefined): Promise<void>;
  /** Counts from zero again. Never rejects. */
  clear(name: LimitName, subject: string | undefined): Promise<void>;
}

const REFUSALS: Readonly<Record<LimitName, (max: number) => string>> = {
  signUpsPerAddress: (max) => `create another account: this address created ${max}`,
  passwordsPerAddress: (max) => `check this password: this address sent ${max} wrong ones`,
  passwordsPerIdentity: (max) => `check this password: this identity had ${max} wrong ones`,
  codesPerAddress: (max) => `check this code: this address sent ${max} wrong ones`,
  transferCodesPerAccount: (max) => `make another code: this account made ${max}`,
  mailsPerAddress: (max) => `send another mail: this address asked for ${max}`,
  mailsPerRecipient: (max) => `send another mail: this recipient had ${max}`,
};

/** Nothing is loaded before something is limited. */
export function createLimits({ rates, ipv6Prefix }: LimitSettings, storage: DriverHandle): Limits {
  const counters = new Map<LimitName, Counter>();
  let networks: typeof import("./networks.ts") | undefined;

  /** Opens the counter of a limit, and loads what reads addresses. */
  async function open(name: LimitName): Promise<Counter | null> {
    const limit = rates.get(name);
    if (!limit) return null;
    // kept, because on Node even the import of a loaded module takes longer than the rest of a sign-in
    if (isByAddress(name)) networks ??= await import("./networks.ts");
    const driver = storage.driver ?? (await storage.open());
    const memory = driver.counter ? undefined : await import("./memory-counter.ts");
    // The storage's own counter is the same for all processes. The counter is kept, and not a promise of it, which in
    // Workers would belong to another request.
    const counter = counters.get(name) ?? memory?.openCounter(limit) ?? (driver.counter?.(name, limit) as Counter);
    counters.set(name, counter);
    return counter;
  }

  /** Of an open counter. Texts that are no address are counted together: another spelling must not evade the limit. */
  function keyOf(name: LimitName, subject: string): string {
    return isByAddress(name) ? (networks?.networkOf(subject, ipv6Prefix) ?? "unknown") : subject;
  }

  return {
    async take(name, subject) {
      if (subject === undefined) return;
      // nothing is awaited that is there already: a sign-in waits for this
      const counter = counters.get(name) ?? (await open(name));
      if (!counter) return;
      let wait: number | null;
      try {
        wait = await counter.take(keyOf(name, subject));
      } catch (cause) {
        const { message } = cause as Error;
        throw new AnonError("storage_unavailable", `Cannot count in the storage: ${message}`, { cause });
      }
      if (wait === null) return;
      const { max, seconds } = rates.get(name) as Limit;
      const retryAfter = Math.max(1, Math.ceil(wait / 1_000));
      throw new AnonError(
        "rate_limited",
        `Cannot ${REFUSALS[name](max)} within ${seconds} s, try again in ${retryAfter} s`,
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
      const counter = counters.get(name) ?? (await open(name));
      if (counter) await change(counter, keyOf(name, subject));
    } catch {
      // it stays counted until its window ends
    }
  }
}
