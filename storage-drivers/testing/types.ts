import type { AtomicDriver } from "../../sdk/storage/port.ts";

/** What the suite needs to know of a driver. */
export interface ConformanceOptions {
  /** A driver over storage that is empty. Called once per case; the suite disposes of it. */
  open: () => Promise<AtomicDriver> | AtomicDriver;
  /**
   * Another handle on what the last `open` gave: called after that one was disposed of, to see what survived, and for
   * the guarantees `host` and `cluster` also beside it. Leave it out only where nothing survives and the guarantee is
   * `process`.
   */
  reopen?: () => Promise<AtomicDriver> | AtomicDriver;
  /** How many keys the big listing holds. Default 100,000. */
  keys?: number;
  /**
   * `keys` holds all keys at once, because its storage returns them so. Without this it is checked that
   * a listing of 10,000 and more reads on only as it is asked.
   */
  keysAtOnce?: boolean;
  /** How many calls race for one key. Default 32. */
  racers?: number;
}

/** One rule of the port. */
export interface ConformanceCase {
  name: string;
  /** Rejects when the driver breaks the rule. */
  run(): Promise<void>;
}

/** What each case does with a driver that is opened before and disposed of after, by the name of the case. */
export type Cases = Readonly<Record<string, (driver: AtomicDriver, options: ConformanceOptions) => Promise<void>>>;
