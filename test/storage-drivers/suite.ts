import { describe, it } from "node:test";
import { type ConformanceOptions, driverConformance } from "../../storage-drivers/testing/index.ts";
import type { TestOptions } from "../support/needs.ts";
import { bySize } from "../support/size.ts";

/** Bun's default is 5 seconds; 100,000 files take longer. */
const TIMEOUT = 590_000;

/** How many keys the listing tests store. From 10,000 on the suite also checks that a listing reads no more than it needs. */
export const KEYS: number = bySize({ full: 100_000, short: 10_000 });

/** Registers the conformance suite with node:test. */
export function runSuite(name: string, options: ConformanceOptions, test: TestOptions = {}): void {
  describe(`${name}: conformance`, () => {
    for (const { name, run } of driverConformance({ keys: KEYS, ...options }))
      it(name, { timeout: TIMEOUT, ...test }, run);
  });
}
