/** The configuration file of the CLI, which a server imports to have the same settings. */
import type { CapabilityOptions } from "./contract/capabilities.ts";
import type { AnonOptions, Collections } from "./contract/options.ts";

/** What `anon.config.ts` exports: the options of `createAnon`, which accepts it as it is. */
export interface AnonConfig<C extends Collections = Collections, G extends CapabilityOptions = CapabilityOptions>
  extends Omit<AnonOptions<C, G>, "now"> {}

/**
 * Types a configuration file; returns its argument, which `createAnon` accepts.
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
