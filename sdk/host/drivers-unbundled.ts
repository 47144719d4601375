/**
 * `drivers.ts` for JSR, which has one set of files for Deno and for the bundles of Workers. A bundler leaves this import as it is:
 * webpack and Vite by their comments, esbuild because of the second argument. Deno reads the literal, and knows the drivers before
 * it runs them.
 */
import { AnonError } from "../errors.ts";

/** @throws {AnonError} `invalid_options` in a bundle */
export async function loadDrivers(): Promise<typeof import("../../storage-drivers/open.ts")> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ "../../storage-drivers/open.ts", undefined);
  } catch (cause) {
    const why = "a bundle does not contain the drivers of the JSR package";
    const instead =
      "pass `await open(url)` of @anon/accounts/drivers, or a driver, for example sql({ client: env.DB })";
    throw new AnonError("invalid_options", `Cannot open \`storage\` by its URL: ${why}, ${instead}`, { cause });
  }
}
