/** Every refusal and failure of the SDK. `docs/errors.md` says for each what causes it and what to do. */
const STATUS = {
  invalid_options: 500,
  invalid_secret: 500,
  invalid_collection: 400,
  unknown_collection: 404,
  invalid_id: 400,
  invalid_email: 400,
  email_taken: 409,
  reserved_email: 400,
  invalid_username: 400,
  username_taken: 409,
  invalid_identity: 400,
  identity_taken: 409,
  last_way_in: 409,
  not_registered: 409,
  merge_refused: 409,
  reserved_username: 400,
  weak_password: 400,
  unsupported_hash: 400,
  invalid_credentials: 400,
  invalid_token: 401,
  session_replaced: 409,
  already_registered: 409,
  registration_required: 403,
  capability_required: 403,
  not_found: 404,
  account_held: 409,
  invalid_action_token: 400,
  invalid_transfer_code: 400,
  outside_request: 500,
  response_sent: 500,
  cookies_read_only: 500,
  invalid_idempotency_key: 400,
  idempotency_key_used: 409,
  conflict: 409,
  rate_limited: 429,
  overloaded: 503,
  creation_refused: 403,
  captcha_unavailable: 503,
  service_tokens_unconfigured: 500,
  jwks_unavailable: 503,
  refused: 403,
  too_many_anonymous: 503,
  invalid_data: 400,
  reserved_field: 400,
  record_too_large: 413,
  invalid_duration: 400,
  unknown_storage_scheme: 400,
  invalid_storage_url: 400,
  storage_unavailable: 503,
  storage_corrupt: 500,
} as const;

/** The code of an {@link AnonError}. */
export type AnonErrorCode = keyof typeof STATUS;

/** What is wrong with one own field. */
export interface FieldIssue {
  /** Names and indexes joined by dots; empty for all fields together. */
  path: string;
  /** Such as `must be a finite number`. */
  message: string;
}

/**
 * The one error of the SDK. Its message is for people, and holds no secret.
 *
 * @example
 * ```ts
 * import { AnonError } from "anon-accounts";
 *
 * const error = new AnonError("email_taken", "Cannot use this email: another account has it");
 * console.assert(error.code === "email_taken" && error.status === 409);
 * ```
 */
export class AnonError extends Error {
  override readonly name: string = "AnonError";
  /** For programs to decide by. */
  readonly code: AnonErrorCode;
  /** The HTTP status that fits the code. */
  readonly status: number;
  /** Of `invalid_data` and `reserved_field`: field by field. Of others empty. */
  readonly issues: readonly FieldIssue[];
  /** Of `rate_limited` and `overloaded`: how many seconds to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    code: AnonErrorCode,
    message: string,
    options: { cause?: unknown; issues?: readonly FieldIssue[]; retryAfter?: number } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.status = STATUS[code];
    this.issues = options.issues ?? [];
    this.retryAfter = options.retryAfter;
  }

  /** Bundlers may copy this class, and applications pass one object to several bundles: all copies have the same errors. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "AnonError" && "code" in value;
  }
}
