/** The rules of what the storage may delete by itself, whoever collects or not. */
import { AnonError } from "../errors.ts";

/**
 * Refuses whoever wants to be asked before accounts are deleted, where the storage deletes some without.
 *
 * @throws {AnonError} `invalid_options`
 */
export function refuseBeforeDelete(): never {
  throw new AnonError(
    "invalid_options",
    "Cannot use `beforeDelete` beside `backstop`: the storage asks nobody before it deletes, leave out one of them",
  );
}
