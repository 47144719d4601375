/**
 * What opens storage by its URL. Bundlers for servers take the drivers along by this import. On JSR `drivers-unbundled.ts` is in
 * the place of this file, by `imports` of jsr.json.
 */
export function loadDrivers(): Promise<typeof import("../../storage-drivers/open.ts")> {
  return import("../../storage-drivers/open.ts");
}
