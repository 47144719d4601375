/** `server.ts` for edges, which have neither files nor storage by URL: a bundle for them leaves all of it out. */
import type { AnonOptions } from "../contract/options.ts";
import { AnonError } from "../errors.ts";
import type { DriverHandle } from "../storage/driver-handle.ts";

/** @throws {AnonError} `invalid_options` */
export function storageOf(_url: string, _drivers: AnonOptions["drivers"]): DriverHandle {
  throw new AnonError(
    "invalid_options",
    "Cannot open `storage` by its URL on an edge: pass a driver, for example sql({ client: env.DB })",
  );
}

/** An edge gives its variables to the application. */
export function environmentStorage(): undefined {
  return undefined;
}

/** The secret as it was given. */
export function secretOf(given: AnonOptions["secret"]): AnonOptions["secret"] {
  return given;
}
