/** The bytes of the main entry as bundlers for edges load it, minified and gzipped, from where `resolveDir` finds the package. */
export function edgeSize(resolveDir: string): Promise<number>;
