/**
 * The bytes of a module as a page loads it: with all that it imports, minified and gzipped. Rejects if it imports a module of
 * Node that is not in `external`.
 */
export function bundleSize(
  contents: string,
  options: { resolveDir: string; external?: readonly string[]; conditions?: readonly string[] },
): Promise<number>;

/** The bytes of the main entry as bundlers for edges load it, from where `resolveDir` finds the package. */
export function edgeSize(resolveDir: string): Promise<number>;
