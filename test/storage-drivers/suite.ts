import { describe, it } from "node:test";
import { type ConformanceOptions, driverConformance } from "../../storage-drivers/testing/index.ts";
import { bySize } from "../support/size.ts";

/** A hundred thousand files take longer than the five seconds that Bun allows by default. */
const TIMEOUT = 590_000;

/** How many keys a listing is tried with; from 10,000 on the suite also checks that it reads no more than it needs. */
export const KEYS: number = bySize({ full: 100_000, short: 10_000 });

/** Feeds the conformance suite to node:test. */
export function runSuite(name: string, options: ConformanceOptions): void {
  describe(`${name}: conformance`, () => {
    for (const { name, run } of driverConformance({ keys: KEYS, ...options })) it(name, { timeout: TIMEOUT }, run);
  });
}
