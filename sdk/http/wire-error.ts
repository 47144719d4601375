/** Refusals as the wire has them: `{ status, message, data }`, where `data` tells of single fields. */
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { isRefusal } from "../hooks/hooks.ts";

/** What is wrong with one field of the request. */
export interface WireIssue {
  code: string;
  message: string;
}

/** A refusal of the API. Its message is for people and holds nothing that was sent; empty it is the route's own. */
export class WireError extends Error {
  override readonly name: string = "WireError";
  readonly status: number;
  readonly data: Readonly<Record<string, WireIssue>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    data: Record<string, WireIssue> = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.data = data;
    this.headers = headers;
  }
}

type FieldCode = [field: string, code: string, message: string];

/** The refusals that are about one field. */
const FIELDS: Partial<Record<AnonErrorCode, FieldCode>> = {
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

/** The refusals that are about the request as a whole. */
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
  refused: [403, "The application refused this."],
  too_many_anonymous: [503, "There are too many anonymous accounts, try again later."],
  idempotency_key_used: [409, "The idempotency key was used already, make a new one."],
  storage_unavailable: [503, "The storage is not available, try again."],
};

/** The refusals about capabilities, with their code in `data`, so that a client can decide by it. */
const CAPABILITIES: Partial<Record<AnonErrorCode, string>> = {
  registration_required: "This takes a registered account, convert this one first.",
  capability_required: "The authorized record is not allowed to perform this action.",
};

/** Maps an error to a response. Internal failures reveal nothing. */
export function toWireError(error: unknown, failure: string): WireError {
  if (error instanceof WireError) {
    return error.message === "" ? new WireError(error.status, failure, error.data, error.headers) : error;
  }
  const own = refusalOf(error);
  if (own) return new WireError(own.status, own.message);
  if (!(error instanceof AnonError)) return new WireError(500, "Something went wrong while processing your request.");
  const field = FIELDS[error.code];
  if (field) return new WireError(400, failure, { [field[0]]: { code: field[1], message: field[2] } });
  if (error.code === "invalid_data" || error.code === "reserved_field") {
    const issues = error.issues.map(({ path, message }) => [
      path.split(".")[0] || "data",
      { code: error.code === "reserved_field" ? "validation_reserved" : "validation_invalid_value", message },
    ]);
    return new WireError(400, failure, Object.fromEntries(issues) as Record<string, WireIssue>);
  }
  const held = CAPABILITIES[error.code];
  if (held) return new WireError(403, held, { capability: { code: error.code, message: held } });
  const [status, message] = WHOLE[error.code] ?? [500, "Something went wrong while processing your request."];
  const { retryAfter } = error;
  return new WireError(status, message, {}, retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) });
}

/** What the application's own hook refused something with, if it says with which status of 4xx it is to be answered. */
function refusalOf(error: unknown): { status: number; message: string } | null {
  if (error instanceof AnonError || !isRefusal(error)) return null;
  const { status, message } = error as { status?: unknown; message?: unknown };
  const tells = typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 500;
  return tells ? { status, message: String(message) } : null;
}
