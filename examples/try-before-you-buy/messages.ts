/** The messages for visitors, and the SDK's errors in plain words. */
import { AnonError } from "anon-accounts";
import { GUEST_NOTE_LIMIT } from "./notes.ts";

/** The notices, by the word in the redirect's URL. Only these are shown, so a URL cannot inject text. */
const NOTICES: Readonly<Record<string, string>> = {
  kept: "Kept. Sign in with your email and password on any device to find your notes.",
  back: "Welcome back.",
  moved: "Welcome back. The notes from this browser are now in your account.",
  out: "You are signed out. Your notes are safe in your account.",
  discarded: "The notes and the guest account they belonged to are gone.",
  registered: "Your notes are already kept.",
  elsewhere:
    "These notes were moved to an account on another device, so this browser was signed out. Sign in to see them here again.",
  here: "These are the notes of your other device. Both devices now show the same notes.",
  brought: "These are the notes of your other device. The notes of this one were added.",
};

export function noticeOf(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(NOTICES, word) ? NOTICES[word] : undefined;
}

/** A message about an error, and the status of the page that shows it. */
export interface Problem {
  /** The field that is wrong, if it is a single one. */
  field?: "email" | "password" | "text" | "code";
  text: string;
  status: 400 | 401 | 403 | 409 | 413 | 429 | 503;
  /** Where to continue, if not on this page. */
  link?: { href: string; text: string };
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  // shown above the form for signing in
  email_taken: { status: 409, text: "There is an account with this email. Sign in to add your notes to it." },
  registration_required: {
    field: "text",
    status: 403,
    text: `Guests have room for ${GUEST_NOTE_LIMIT} notes. With an account there is no limit:`,
    link: { href: "/keep", text: "keep my work" },
  },
  invalid_transfer_code: {
    field: "code",
    status: 400,
    text: "This code is wrong, expired or already used. Show a new one on the other device.",
  },
  invalid_email: { field: "email", status: 400, text: "This does not look like an email address." },
  reserved_email: {
    field: "email",
    status: 400,
    text: "This email domain is reserved for guests. Please use your own email.",
  },
  weak_password: { field: "password", status: 400, text: "Use 8 characters or more." },
  invalid_credentials: { status: 400, text: "Wrong email or password." },
  invalid_token: { status: 401, text: "You have been signed out. Write a note to start again." },
  invalid_idempotency_key: { status: 400, text: "This page was too old. Please try again." },
  session_replaced: {
    field: "text",
    status: 409,
    text: "Not saved yet: your notes were moved to an account a moment ago. Save it again in a minute, or",
    link: { href: "/sign-in", text: "sign in" },
  },
  idempotency_key_used: { status: 409, text: "This page was too old. Please try again." },
  rate_limited: { status: 429, text: "Too many attempts. Nothing is lost: try again" },
  conflict: { status: 409, text: "Your account was changed at the same time. Please try again." },
  storage_unavailable: { status: 503, text: "We cannot reach our storage right now. Please try again in a moment." },
};

/** For a note from a browser whose guest was converted on another device. */
export const SIGNED_OUT_ELSEWHERE: Problem = {
  field: "text",
  status: 401,
  text: "Not saved yet: your notes were moved to an account on another device, so this browser was signed out. Save this note again, and it is added to the account when you",
  link: { href: "/sign-in", text: "sign in" },
};

/** The message for an error. Throws errors that a visitor cannot cause. */
export function problemOf(error: unknown): Problem {
  const problem = error instanceof AnonError ? PROBLEMS[error.code] : undefined;
  if (!problem) throw error;
  const { retryAfter } = error as AnonError;
  if (retryAfter === undefined) return problem;
  const minutes = Math.ceil(retryAfter / 60);
  return { ...problem, text: `${problem.text} in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.` };
}
