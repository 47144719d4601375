/** The option `api`. */

import type { ApiOptions } from "../contract/http.ts";
import { check, optionsOf } from "./options.ts";

export interface ApiSettings {
  enabled: boolean;
  /** Begins with `/` and does not end with one; empty when it is the root. */
  basePath: string;
  cookies: boolean;
  origins: readonly string[];
}

const KEYS: Record<keyof ApiOptions, true> = { basePath: true, cookies: true, origins: true };

export function apiSettings(options: ApiOptions | false = {}): ApiSettings {
  const { basePath = "/api", cookies = false, origins = [] } = optionsOf("api", KEYS, options || {});
  check(
    typeof basePath === "string" && /^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/.test(basePath),
    "this `api.basePath`",
    "use a path such as /api, without / at its end",
  );
  check(typeof cookies === "boolean", "this `api.cookies`", "use true or false");
  check(
    Array.isArray(origins) && origins.every(isOrigin),
    "these `api.origins`",
    "use a list of origins such as https://app.example, without a path",
  );
  return { enabled: options !== false, basePath: basePath === "/" ? "" : basePath, cookies, origins };
}

function isOrigin(origin: unknown): boolean {
  try {
    return typeof origin === "string" && /^https?:/.test(origin) && new URL(origin).origin === origin;
  } catch {
    return false;
  }
}
