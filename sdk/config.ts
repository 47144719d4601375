/** The configuration file of the CLI, which a server can import to have the same settings. */
import type { CapabilityOptions } from "./contract/capabilities.ts";
import type { AnonOptions, Collections } from "./contract/options.ts";
import type { DriverOpener } from "./storage/port.ts";

/** What `anon.config.ts` exports: the options of `createAnon`, where storage may be a URL. */
export interface AnonConfig<C extends Collections = Collections, G extends CapabilityOptions = CapabilityOptions>
  extends Omit<AnonOptions<C, G>, "storage" | "secret" | "now"> {
  /** A driver, or a URL that `open` of `anon-accounts/drivers` accepts. */
  storage?: AnonOptions["storage"] | string;
  /**
   * What opens the URLs of other drivers, by scheme: `{ mongodb: (url) => mongodb({ url }) }`. `--storage`, `ANON_STORAGE` and
   * `storage` can then name them. For `open` of `anon-accounts/drivers`; `createAnon` does not accept it.
   */
  drivers?: Readonly<Record<string, DriverOpener>>;
  /** As in `AnonOptions`. */
  secret?: string | readonly string[];
}

/**
 * Types a configuration file; returns its argument.
 *
 * @example
 * ```ts
 * import { defineConfig } from "anon-accounts";
 *
 * export default defineConfig({ storage: "fs:.anon", collections: { users: {}, customers: { sessionTtl: "7d" } } });
 * ```
 */
export function defineConfig<
  const C extends Collections = Collections,
  const G extends CapabilityOptions = CapabilityOptions,
>(config: AnonConfig<C, G>): AnonConfig<C, G> {
  return config;
}
