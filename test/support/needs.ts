/** What a test needs and a machine may not have. */

/** Options of a test: without what it needs it is skipped, which the runner counts, and the reason is printed once. */
export function needs(have: boolean, otherwise: string, options: { timeout?: number } = {}): TestOptions {
  if (have) return options;
  if (!told.has(otherwise)) console.log(`\n!!! SKIPPED: ${otherwise} !!!\n`);
  told.add(otherwise);
  return { ...options, skip: otherwise };
}

/** Of `node:test`, as far as they are used here. */
export interface TestOptions {
  timeout?: number;
  skip?: string;
}

const told = new Set<string>();
