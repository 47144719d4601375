/** What visitors are told, in their words and not in the SDK's. */
import { AnonError } from "anon-accounts";

/** What went well, by the word that a redirect carries; only these, so nobody can make the page say something else. */
const SAID: Readonly<Record<string, string>> = {
  kept: "Kept. Sign in with your email and password on any device to find your notes.",
  back: "Welcome back.",
  moved: "Welcome back. The notes you took here came along.",
  out: "You are signed out. Your notes are safe in your account.",
  discarded: "The notes and the guest account they belonged to are gone.",
  registered: "Your notes were kept already.",
};

export function saidBy(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(SAID, word) ? SAID[word] : undefined;
}

/** What went wrong: where, what to say, and the status of the page that says it. */
export interface Problem {
  /** The field it is about; left out when it is about none. */
  field?: "email" | "password" | "text";
  text: string;
  status: 400 | 401 | 409 | 413 | 429 | 503;
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  email_taken: {
    field: "email",
    status: 409,
    text: "There is an account with this email. Sign in: your notes come along.",
  },
  invalid_email: { field: "email", status: 400, text: "This does not look like an email address." },
  reserved_email: { field: "email", status: 400, text: "Addresses of this form are for guests. Please use your own." },
  weak_password: { field: "password", status: 400, text: "Use 8 characters or more." },
  invalid_credentials: { status: 400, text: "Email and password do not belong together." },
  invalid_token: { status: 401, text: "You have been signed out. Write a note to begin again." },
  invalid_idempotency_key: { status: 400, text: "That page was too old. Please send it once more." },
  idempotency_key_used: { status: 409, text: "That page was too old. Please send it once more." },
  rate_limited: { status: 429, text: "Too many tries for now. Nothing is lost: send it again" },
  conflict: { status: 409, text: "Something else changed your account at this moment. Please try again." },
  storage_unavailable: { status: 503, text: "We cannot reach our storage right now. Please try again in a moment." },
};

/** What to say of an error; one that is nobody's doing outside is thrown again. */
export function problemOf(error: unknown): Problem {
  const problem = error instanceof AnonError ? PROBLEMS[error.code] : undefined;
  if (!problem) throw error;
  const { retryAfter } = error as AnonError;
  if (retryAfter === undefined) return problem;
  const minutes = Math.ceil(retryAfter / 60);
  return { ...problem, text: `${problem.text} in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.` };
}
