/** The messages for visitors, and the SDK's errors in plain words. */
import { AnonError } from "anon-accounts";

/** The notices, by the word in the redirect's URL. Only these are shown, so a URL cannot inject text. */
const NOTICES: Readonly<Record<string, string>> = {
  account: "Your account is ready. Sign in with your email and password on any device to see your orders.",
  already: "You already have an account, and you are signed in.",
  back: "Welcome back.",
  together: "Welcome back. Your guest orders and cart are now in your account.",
  out: "You are signed out.",
};

export function noticeOf(word: string | null): string | undefined {
  return word !== null && Object.hasOwn(NOTICES, word) ? NOTICES[word] : undefined;
}

/** A message about an error, and the status of the page that shows it. */
export interface Problem {
  /** The field that is wrong, if it is a single one. */
  field?: "email" | "password";
  text: string;
  status: number;
  /** Seconds to wait. */
  retryAfter?: number;
}

const PROBLEMS: Readonly<Record<string, Omit<Problem, "status">>> = {
  // shown above the form for signing in
  email_taken: { text: "There is an account with this email. Sign in with its password." },
  invalid_email: { field: "email", text: "This does not look like an email address." },
  reserved_email: { field: "email", text: "We cannot send mail to this address. Please use another one." },
  weak_password: { field: "password", text: "Use 8 characters or more." },
  invalid_credentials: { text: "Wrong email or password. Please check both." },
  invalid_token: { text: "You are no longer signed in, so there is nothing to keep." },
  idempotency_key_used: { text: "You have just signed out here. Please add something to your cart again." },
  conflict: { text: "Your account was changed at the same time. Please try again." },
  storage_unavailable: { text: "We cannot reach our storage right now. Please try again in a moment." },
};

/** The message for an error. Throws errors that a visitor cannot cause. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof AnonError)) throw error;
  const { code, status } = error;
  if (code === "rate_limited") {
    const retryAfter = error.retryAfter ?? 60;
    const minutes = Math.ceil(retryAfter / 60);
    const text = `There were too many attempts. Please try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}; your cart is unchanged.`;
    return { text, status, retryAfter };
  }
  const problem = PROBLEMS[code];
  if (!problem) throw error;
  return { ...problem, status };
}
