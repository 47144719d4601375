import { describe, it } from "node:test";
import { type ConformanceOptions, driverConformance } from "../../storage-drivers/testing/index.ts";

/** Feeds the conformance suite to node:test. */
export function runSuite(name: string, options: ConformanceOptions): void {
  describe(`${name}: conformance`, () => {
    for (const { name, run } of driverConformance(options)) it(name, run);
  });
}
