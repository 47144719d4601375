import { describe, it } from "node:test";
import { type ConformanceOptions, driverConformance } from "../../storage-drivers/testing/index.ts";

/** A hundred thousand files take longer than the five seconds that Bun allows by default. */
const TIMEOUT = 590_000;

/** Feeds the conformance suite to node:test. */
export function runSuite(name: string, options: ConformanceOptions): void {
  describe(`${name}: conformance`, () => {
    for (const { name, run } of driverConformance(options)) it(name, { timeout: TIMEOUT }, run);
  });
}
