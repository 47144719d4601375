/** What visitors are told, in their words and not in the SDK's. */
import { AnonError } from "anon-accounts";

/** What went well, by the word that a redirect carries; only these, so nobody can make a page say something else. */
const SAID: Readonly<Record<string, string>> = {
  account: "Your account is ready. Sign in with your email and password anywhere, and your orders are there.",
  already: "You have an account already, and you are signed in.",
  back: "Welcome back.",
  together: "Welcome back. What you ordered and put into your cart as a guest is yours here, too.",
  out: "You are signed out.",
};

export function saidBy(word: string | null): string | undefined {
  return word !== null && Object.hasOwn(SAID, word) ? SAID[word] : undefined;
}

/** What went wrong: where, what to say, and the status of the page that says it. */
export interface Problem {
  /** The field it is about; left out when it is about none. */
  field?: "email" | "password";
  text: string;
  status: number;
  /** Seconds to wait. */
  retryAfter?: number;
}

const PROBLEMS: Readonly<Record<string, Omit<Problem, "status">>> = {
  // shown above the form for signing in
  email_taken: { text: "There is an account with this email. Sign in to it with its password." },
  invalid_email: { field: "email", text: "This does not look like an email address." },
  reserved_email: { field: "email", text: "We cannot send anything to addresses of this form. Please use your own." },
  weak_password: { field: "password", text: "Use 8 characters or more." },
  invalid_credentials: { text: "Email and password do not belong together. Please check both." },
  invalid_token: { text: "You are not signed in any more, so there is nothing to keep." },
  idempotency_key_used: { text: "You have just left the shop from here. Please put something into the cart again." },
  conflict: { text: "Something else changed your account at this moment. Please try again." },
  storage_unavailable: { text: "We cannot reach our storage right now. Please try again in a moment." },
};

/** What to say of an error; one that is nobody's doing outside is thrown again. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof AnonError)) throw error;
  const { code, status } = error;
  if (code === "rate_limited") {
    const retryAfter = error.retryAfter ?? 60;
    const minutes = Math.ceil(retryAfter / 60);
    const text = `There were too many tries for now. Please try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}; your cart stays as it is.`;
    return { text, status, retryAfter };
  }
  const problem = PROBLEMS[code];
  if (!problem) throw error;
  return { ...problem, status };
}
