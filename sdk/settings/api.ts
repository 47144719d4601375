/** The options of the HTTP API, checked once. */

import type { ApiOptions } from "../contract/http.ts";
import { AnonError } from "../errors.ts";

export interface ApiSettings {
  /** Whether there is one at all. */
  enabled: boolean;
  /** Begins with `/` and does not end with one; empty when it is the root. */
  basePath: string;
  cookies: boolean;
  origins: readonly string[];
}

/**
 * Checks and completes the options.
 *
 * @throws {AnonError} `invalid_options`
 */
export function apiSettings(options: ApiOptions | false = {}): ApiSettings {
  if (options === false) return { enabled: false, basePath: "/api", cookies: false, origins: [] };
  const { basePath = "/api", cookies = false, origins = [] } = options;
  if (typeof basePath !== "string" || !/^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/.test(basePath)) {
    throw new AnonError(
      "invalid_options",
      "Cannot use this `api.basePath`: use a path such as /api, without / at its end",
    );
  }
  if (typeof cookies !== "boolean") {
    throw new AnonError("invalid_options", "Cannot use this `api.cookies`: use true or false");
  }
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    throw new AnonError(
      "invalid_options",
      "Cannot use these `api.origins`: use a list of origins such as https://app.example, without a path",
    );
  }
  return { enabled: true, basePath: basePath === "/" ? "" : basePath, cookies, origins };
}

function isOrigin(origin: unknown): boolean {
  try {
    return typeof origin === "string" && /^https?:/.test(origin) && new URL(origin).origin === origin;
  } catch {
    return false;
  }
}
