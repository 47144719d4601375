import { AnonError } from "../../errors.ts";

/** The refusal of a mailed code. */
export function deadCode(): AnonError {
  return new AnonError("invalid_action_token", "Cannot use this code: it is wrong, expired or used already");
}
