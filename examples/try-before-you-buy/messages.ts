/** What visitors are told, in their words and not in the SDK's. */
import { AnonError } from "anon-accounts";
import { MOST_OF_A_GUEST } from "./notes.ts";

/** What went well, by the word that a redirect carries; only these, so nobody can make the page say something else. */
const SAID: Readonly<Record<string, string>> = {
  kept: "Kept. Sign in with your email and password on any device to find your notes.",
  back: "Welcome back.",
  moved: "Welcome back. The notes you took here came along.",
  out: "You are signed out. Your notes are safe in your account.",
  discarded: "The notes and the guest account they belonged to are gone.",
  registered: "Your notes were kept already.",
  elsewhere:
    "On another device these notes were put into an account, which signed this browser out. Sign in to it, and you see them here again.",
  here: "These are the notes of your other device. From now on both show the same.",
  brought: "These are the notes of your other device, and those of this one came along.",
};

export function saidBy(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(SAID, word) ? SAID[word] : undefined;
}

/** What went wrong: where, what to say, and the status of the page that says it. */
export interface Problem {
  /** The field it is about; left out when it is about none. */
  field?: "email" | "password" | "text" | "code";
  text: string;
  status: 400 | 401 | 403 | 409 | 413 | 429 | 503;
  /** Where to go on, when it is not here. */
  link?: { href: string; text: string };
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  // shown above the form for signing in
  email_taken: { status: 409, text: "There is an account with this email. Sign in: your notes come along." },
  registration_required: {
    field: "text",
    status: 403,
    text: `Guests have room for ${MOST_OF_A_GUEST} notes. With an account there is no limit:`,
    link: { href: "/keep", text: "keep my work" },
  },
  invalid_transfer_code: {
    field: "code",
    status: 400,
    text: "This code is wrong, expired or used already. Show a new one on the other device.",
  },
  invalid_email: { field: "email", status: 400, text: "This does not look like an email address." },
  reserved_email: { field: "email", status: 400, text: "Addresses of this form are for guests. Please use your own." },
  weak_password: { field: "password", status: 400, text: "Use 8 characters or more." },
  invalid_credentials: { status: 400, text: "Email and password do not belong together." },
  invalid_token: { status: 401, text: "You have been signed out. Write a note to begin again." },
  invalid_idempotency_key: { status: 400, text: "That page was too old. Please send it once more." },
  session_replaced: {
    field: "text",
    status: 409,
    text: "Not saved yet: your notes were put into an account a moment ago. Save it again in a minute, or",
    link: { href: "/sign-in", text: "sign in" },
  },
  idempotency_key_used: { status: 409, text: "That page was too old. Please send it once more." },
  rate_limited: { status: 429, text: "Too many tries for now. Nothing is lost: send it again" },
  conflict: { status: 409, text: "Something else changed your account at this moment. Please try again." },
  storage_unavailable: { status: 503, text: "We cannot reach our storage right now. Please try again in a moment." },
};

/** A note that was sent from a browser whose notes are in an account now. */
export const SIGNED_OUT_ELSEWHERE: Problem = {
  field: "text",
  status: 401,
  text: "Not saved yet: on another device your notes were put into an account, which signed this browser out. Save it once more, and it comes along when you",
  link: { href: "/sign-in", text: "sign in" },
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
