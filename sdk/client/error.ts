import type { AnonErrorCode } from "../errors.ts";

/** What is wrong with one field of a request. */
export interface ClientIssue {
  /** Such as `validation_not_unique`. */
  code: string;
  /** For people. */
  message: string;
}

/**
 * The code of an {@link AnonClientError}: one of the server's, or `network_error` (no response arrived),
 * `unexpected_response` (something else than the server responded, such as a proxy), `cookie_missing` (the browser did not
 * keep the cookie), `not_signed_in`.
 */
export type ClientErrorCode =
  | AnonErrorCode
  | "network_error"
  | "unexpected_response"
  | "cookie_missing"
  | "not_signed_in"
  // codes of a newer server, and those about the request itself
  | (string & {});

/**
 * Every refusal and failure of the client.
 *
 * @example
 * ```ts
 * import { AnonClientError, createAnonClient } from "anon-accounts/client";
 *
 * const client = createAnonClient({ url: "http://127.0.0.1:9/api", mode: "token" });
 * const error = await client.signInAnonymously().catch((reason) => reason);
 * console.assert(error instanceof AnonClientError && error.code === "network_error" && error.status === 0);
 * client.dispose();
 * ```
 */
export class AnonClientError extends Error {
  override readonly name: string = "AnonClientError";
  /** For programs to decide by. */
  readonly code: ClientErrorCode;
  /** Of the response; 0 without one. */
  readonly status: number;
  /** What is wrong, field by field. */
  readonly data: Readonly<Record<string, ClientIssue>>;
  /** How many seconds to wait, if the server says so. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ClientErrorCode,
    message: string,
    status = 0,
    { data = {}, retryAfter, cause }: { data?: Record<string, ClientIssue>; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.data = data;
    this.retryAfter = retryAfter;
  }
}
