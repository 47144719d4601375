/** The messages for visitors, and the SDK's errors in plain words. */
import { AnonError } from "anon-accounts";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** The notices, by the word in the redirect's URL. Only these are shown, so a URL cannot inject text. */
const NOTICES = {
  kept: "Kept. Sign in on any device to find your list.",
  new: "You have an account now.",
  back: "Welcome back.",
  together: "Welcome back. The books from this browser are now in your account.",
  linked: "Linked. You can now sign in this way too.",
  already: "You can already sign in this way. To link another identity, choose another person at the provider.",
  unlinked: "You can no longer sign in this way. Other devices have to sign in again.",
  out: "You are signed out. Your list is safe in your account.",
  gone: "You are signed in, but the list that you made here as a guest no longer exists.",
} as const;

/** The errors of signing in with the provider, and of linking and unlinking. */
const FAILURES = {
  cancelled: "You cancelled. Nothing has changed.",
  other_browser:
    "This sign-in was not started in this browser, or it is already over. Nothing has changed: please start again.",
  unverified: "We could not find out who you are. Nothing has changed: please try again.",
  unreachable: "We cannot reach the sign-in provider right now. Please try again in a moment.",
  internal_error: "Something went wrong here. Nothing is lost: please try again in a moment.",
  expired: "That took too long. Nothing has changed: please start again.",
  signed_in:
    "You are already signed in to an account. To sign in this way too, use the button that links another identity.",
  other_account: "This browser has switched accounts since you started. Nothing has changed: please start again.",
  last_way_in: "This is the only way into your account. Link another one first.",
  password_only: "The email of that account is verified. Sign in as you did before, and link this identity there.",
  linked_elsewhere: "Another account already uses this identity.",
  changed: "Your account has just changed. Please try again.",
} as const;

export type Notice = keyof typeof NOTICES;
export type Failure = keyof typeof FAILURES;

/** A message about an error, and the status of the page that shows it. */
export interface Problem {
  /** The field that is wrong, if it is a single one. */
  field?: "email" | "password" | "title";
  text: string;
  status: ContentfulStatusCode;
}

export function noticeOf(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(NOTICES, word) ? NOTICES[word as Notice] : undefined;
}

export function failureOf(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(FAILURES, word) ? FAILURES[word as Failure] : undefined;
}

const PROBLEMS: Readonly<Record<string, Omit<Problem, "status">>> = {
  // shown above the form for signing in
  email_taken: { text: "There is an account with this email. Sign in to add your books to it." },
  identity_taken: { text: "Another account already uses this identity." },
  invalid_email: { field: "email", text: "This does not look like an email address." },
  reserved_email: { field: "email", text: "This email domain is reserved for guests. Please use your own email." },
  weak_password: { field: "password", text: "Use 8 characters or more." },
  invalid_credentials: { text: "Wrong email or password." },
  invalid_token: { text: "You have been signed out." },
  already_registered: { text: "You already have an account, and you are signed in." },
  invalid_identity: { text: "You have too many linked identities. Remove one first." },
  invalid_idempotency_key: { field: "title", text: "This page was too old. Please try again." },
  idempotency_key_used: { field: "title", text: "This page was too old. Please try again." },
  record_too_large: { field: "title", text: "The list is full." },
  rate_limited: { text: "Too many attempts. Nothing is lost: try again" },
  conflict: { text: "Your account was changed at the same time. Please try again." },
  storage_unavailable: { text: "We cannot reach our storage right now. Please try again in a moment." },
};

/** The message for an error. Throws errors that a visitor cannot cause. */
export function problemOf(error: unknown): Problem {
  const problem = error instanceof AnonError ? PROBLEMS[error.code] : undefined;
  if (!problem) throw error;
  const { retryAfter } = error as AnonError;
  const status = (error as AnonError).status as ContentfulStatusCode;
  if (retryAfter === undefined) return { ...problem, status };
  const minutes = Math.ceil(retryAfter / 60);
  return { ...problem, status, text: `${problem.text} in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.` };
}
