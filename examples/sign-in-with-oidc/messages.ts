/** What visitors are told, in their words and not in the SDK's. */
import { AnonError } from "anon-accounts";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** What went well, by the word that a redirect carries; only these, so nobody can make a page say something else. */
const SAID = {
  kept: "Kept. From now on you find your list wherever you sign in.",
  new: "You have an account now.",
  back: "Welcome back.",
  together: "Welcome back. The books you put on the list here came along.",
  linked: "Linked. From now on you can sign in that way, too.",
  already: "You can sign in that way already. To add another one, be somebody else there.",
  unlinked: "Nobody comes in that way any more. Whoever was signed in elsewhere has to sign in again.",
  out: "You are signed out. Your list is safe in your account.",
  gone: "You are signed in. What you put on the list here as a guest is not there any more.",
} as const;

/** What went wrong on the way to a provider and back. */
const WENT_WRONG = {
  cancelled: "You cancelled. Nothing has changed.",
  foreign: "This sign-in was not begun in this browser, or is over already. Nothing has changed: please begin again.",
  unproven: "We could not find out who you are. Nothing has changed: please try again.",
  away: "We cannot reach the place where you sign in right now. Please try again in a moment.",
  trouble: "Something went wrong here. Nothing is lost: please try again in a moment.",
  over: "That took too long. Nothing has changed: please begin again.",
  signed_in: "You are signed in with an account already. To sign in this way, too, press the button for another one.",
  other_account: "You are signed in as somebody else by now. Nothing has changed: please begin again.",
  last_way_in: "This is the only way into your account. Link another one first.",
  password_only: "That account has verified its email. Sign in as you did before, and link this one there.",
  linked_elsewhere: "Another account is signed in to this way. It stays that one's.",
  changed: "Your account has just changed. Please try again.",
} as const;

export type Said = keyof typeof SAID;
export type WentWrong = keyof typeof WENT_WRONG;

/** What went wrong: where, what to say, and the status of the page that says it. */
export interface Problem {
  /** The field it is about; left out when it is about none. */
  field?: "email" | "password" | "title";
  text: string;
  status: ContentfulStatusCode;
}

export function saidBy(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(SAID, word) ? SAID[word as Said] : undefined;
}

export function wrongBy(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(WENT_WRONG, word) ? WENT_WRONG[word as WentWrong] : undefined;
}

const PROBLEMS: Readonly<Record<string, Omit<Problem, "status">>> = {
  // shown above the form for signing in
  email_taken: { text: "There is an account with this email. Sign in: your books come along." },
  identity_taken: { text: "Another account is signed in to this way. It stays that one's." },
  invalid_email: { field: "email", text: "This does not look like an email address." },
  reserved_email: { field: "email", text: "Addresses of this form are for guests. Please use your own." },
  weak_password: { field: "password", text: "Use 8 characters or more." },
  invalid_credentials: { text: "Email and password do not belong together." },
  invalid_token: { text: "You have been signed out." },
  already_registered: { text: "You have an account already, and you are signed in." },
  invalid_identity: { text: "You can sign in in many ways already. Remove one first." },
  invalid_idempotency_key: { field: "title", text: "That page was too old. Please send it once more." },
  idempotency_key_used: { field: "title", text: "That page was too old. Please send it once more." },
  record_too_large: { field: "title", text: "The list is full." },
  rate_limited: { text: "Too many tries for now. Nothing is lost: try again" },
  conflict: { text: "Something else changed your account at this moment. Please try again." },
  storage_unavailable: { text: "We cannot reach our storage right now. Please try again in a moment." },
};

/** What to say of an error; one that is nobody's doing outside is thrown again. */
export function problemOf(error: unknown): Problem {
  const problem = error instanceof AnonError ? PROBLEMS[error.code] : undefined;
  if (!problem) throw error;
  const { retryAfter } = error as AnonError;
  const status = (error as AnonError).status as ContentfulStatusCode;
  if (retryAfter === undefined) return { ...problem, status };
  const minutes = Math.ceil(retryAfter / 60);
  return { ...problem, status, text: `${problem.text} in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.` };
}
