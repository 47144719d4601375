/** Error responses of the API: `{ status, code, message, data }`. `data` says what is wrong with single fields. */
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { isRefusal } from "../hooks/hooks.ts";

/** What is wrong with one field of the request. */
export interface WireIssue {
  code: string;
  message: string;
}

/** The codes of errors that are about the request and not about accounts. */
const CODES: Readonly<Record<number, string>> = {
  400: "invalid_request",
  403: "forbidden",
  405: "method_not_allowed",
  413: "body_too_large",
  415: "unsupported_media_type",
  500: "internal_error",
};

/** An error response of the API. The message never repeats input; an empty one stands for the route's own `failure`. */
export class WireError extends Error {
  override readonly name: string = "WireError";
  readonly status: number;
  /** For clients to decide by: one of the SDK's codes, or of {@link CODES}. */
  readonly code: string;
  readonly data: Readonly<Record<string, WireIssue>>;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    data: Record<string, WireIssue> = {},
    headers: Record<string, string> = {},
    code: string = CODES[status] ?? "refused",
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
    this.headers = headers;
  }

  /** The body of the response. */
  toJSON(): object {
    const { status, code, message, data } = this;
    return { status, code, message, data };
  }
}

type FieldFault = [field: string, code: string, message: string];

/** Refuses a request because of one field, with the message of its route. */
export function fieldError(...[field, code, message]: FieldFault): WireError {
  return new WireError(400, "", { [field]: { code, message } }, {}, "invalid_data");
}

const INTERNAL_FAILURE = "Something went wrong while processing your request.";

/** Errors about one field. */
const FIELDS: Partial<Record<AnonErrorCode, FieldFault>> = {
  invalid_email: ["email", "validation_is_email", "Must be a valid email address."],
  reserved_email: ["email", "validation_reserved", "The form of this email is reserved."],
  email_taken: ["email", "validation_not_unique", "Value must be unique."],
  invalid_username: ["username", "validation_match_invalid", "Use 3 to 150 letters, digits and . _ -"],
  reserved_username: ["username", "validation_reserved", "The form of this username is reserved."],
  username_taken: ["username", "validation_not_unique", "Value must be unique."],
  invalid_action_token: ["token", "validation_invalid_token", "Invalid or expired token."],
  invalid_transfer_code: ["code", "validation_invalid_code", "Invalid or expired code."],
  weak_password: ["password", "validation_length_out_of_range", "Use 8 characters or more, and at most 1,024 bytes."],
};

/** Errors about the request as a whole. */
const WHOLE: Partial<Record<AnonErrorCode, [status: number, message: string]>> = {
  unknown_collection: [404, "Missing or invalid collection context."],
  invalid_collection: [404, "Missing or invalid collection context."],
  invalid_credentials: [400, "Failed to authenticate."],
  invalid_token: [401, "The request requires valid record authorization token to be set."],
  not_found: [404, "The requested resource wasn't found."],
  already_registered: [403, "The authorized record is not allowed to perform this action."],
  account_held: [409, "The record must not be deleted at present."],
  record_too_large: [413, "The record is too large."],
  merge_refused: [409, "The records are not merged: go on with one of the two."],
  not_registered: [409, "The record is anonymous, convert it first."],
  identity_taken: [409, "The identity is another record's."],
  last_way_in: [409, "This is the last way into the record."],
  session_replaced: [409, "Another request just signed this client in to its account, send this one again."],
  conflict: [409, "Too many change this at the same time, try again."],
  invalid_idempotency_key: [400, "The idempotency key must be 16 to 255 visible ASCII characters."],
  rate_limited: [429, "Too Many Requests."],
  overloaded: [503, "Too many passwords wait to be checked, try again."],
  creation_refused: [403, "The account was refused."],
  captcha_unavailable: [503, "The captcha cannot be verified at present, try again."],
  refused: [403, "The application refused this."],
  too_many_anonymous: [503, "There are too many anonymous accounts, try again later."],
  idempotency_key_used: [409, "The idempotency key was used already, make a new one."],
  storage_unavailable: [503, "The storage is not available, try again."],
};

/** Errors about capabilities, with their code in `data`, so that a client can decide by it. */
const CAPABILITIES: Partial<Record<AnonErrorCode, string>> = {
  registration_required: "This takes a registered account, convert this one first.",
  capability_required: "The authorized record is not allowed to perform this action.",
};

/**
 * Maps an error to a response. Internal failures reveal nothing.
 *
 * @param failure The message of the route
 */
export function toWireError(error: unknown, failure: string = INTERNAL_FAILURE): WireError {
  if (error instanceof WireError) {
    return error.message === "" ? new WireError(error.status, failure, error.data, error.headers, error.code) : error;
  }
  const refusal = hookRefusal(error);
  if (refusal) return refusal;
  if (!(error instanceof AnonError)) return new WireError(500, INTERNAL_FAILURE);
  const fault = FIELDS[error.code];
  if (fault) return new WireError(400, failure, fieldError(...fault).data, {}, error.code);
  if (error.code === "invalid_data" || error.code === "reserved_field") {
    const issues = error.issues.map(({ path, message }) => [
      path.split(".")[0] || "data",
      { code: error.code === "reserved_field" ? "validation_reserved" : "validation_invalid_value", message },
    ]);
    return new WireError(400, failure, Object.fromEntries(issues) as Record<string, WireIssue>, {}, error.code);
  }
  const denial = CAPABILITIES[error.code];
  if (denial) return new WireError(403, denial, { capability: { code: error.code, message: denial } }, {}, error.code);
  const { code, retryAfter } = error;
  const whole = WHOLE[code];
  if (!whole) return new WireError(500, INTERNAL_FAILURE);
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return new WireError(...whole, {}, headers, code);
}

/**
 * The error that a hook of the application threw, if it has a 4xx `status` for the response. An `AnonError` may be that
 * of a call which the hook made, so only the refusal itself is shown, such as that of a captcha.
 */
function hookRefusal(error: unknown): WireError | null {
  if (!isRefusal(error)) return null;
  if (error instanceof AnonError) {
    const { status, code, message } = error;
    return code === "creation_refused" ? new WireError(status, `${message}.`, {}, {}, code) : null;
  }
  const { status, message } = error as { status?: unknown; message?: unknown };
  const hasStatus = typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 500;
  return hasStatus ? new WireError(status, String(message), {}, {}, "refused") : null;
}
