/** Skips tests on machines without what they need. */

/** Options of a test: it is skipped unless `have`, and the reason is printed once. */
export function needs(have: boolean, otherwise: string, options: { timeout?: number } = {}): TestOptions {
  if (have) return options;
  if (!printed.has(otherwise)) console.log(`\n!!! SKIPPED: ${otherwise} !!!\n`);
  printed.add(otherwise);
  return { ...options, skip: otherwise };
}

/** The options of `node:test` that are used here. */
export interface TestOptions {
  timeout?: number;
  skip?: string;
}

const printed = new Set<string>();
