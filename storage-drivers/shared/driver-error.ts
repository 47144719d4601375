/** Why a driver refused or failed; the SDK passes it on as the `cause` of an `AnonError`. */
export type DriverErrorCode =
  /** The key or value cannot be stored exactly: too long, not well-formed Unicode, outside the adapter's alphabet. */
  | "invalid_key"
  | "invalid_value"
  /** The option, URL or combination of options is wrong. */
  | "invalid_option"
  /** The storage cannot be reached, does not answer in time, or failed. */
  | "unavailable"
  /** Permissions or a read-only medium forbid the access. */
  | "denied"
  /** No room is left. */
  | "full"
  /** Another process holds the key's lock for too long. */
  | "locked"
  /** What is stored was not written by this driver, or is damaged. */
  | "corrupt"
  /** The driver was disposed of. */
  | "closed";

/**
 * The error of every driver. Its message says what was wrong and what to do, and never holds a value or a password.
 *
 * @example
 * ```ts
 * import { DriverError } from "anon-accounts/drivers";
 *
 * const error = new DriverError("unavailable", "Cannot reach Redis at 127.0.0.1:6379: start it or correct the URL");
 * console.assert(error.code === "unavailable");
 * ```
 */
export class DriverError extends Error {
  override readonly name: string = "DriverError";
  readonly code: DriverErrorCode;

  constructor(code: DriverErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
