/** Usernames: which are accepted, and which are the same. */
import { AnonError } from "../errors.ts";
import { isOwnId } from "./id.ts";

// ASCII only, so that no two that look alike exist; no @, so that it is never taken for an email
const USERNAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{2,149}$/;
const GUEST = /^anon_([a-z0-9]{15})$/;

/** The form two spellings of one username share, or `null` when it is no username. */
export function canonicalUsername(username: string): string | null {
  return typeof username === "string" && USERNAME.test(username) ? username.toLowerCase() : null;
}

/** Checks a username that a person chose. Returns its canonical form. */
export function checkUsername(username: string): string {
  const canonical = canonicalUsername(username);
  if (!canonical) {
    throw new AnonError("invalid_username", "Cannot use this username: use 3 to 150 letters, digits, _, . or -");
  }
  if (GUEST.test(canonical)) {
    throw new AnonError("reserved_username", "Cannot use this username: its form is reserved for anonymous accounts");
  }
  return canonical;
}

/** A guest's username, which no account can choose. One with an imported id finds no account. */
export function guestUsername(id: string): string {
  return isOwnId(id) ? `anon_${id}` : `anon:${id}`;
}

/** The id in a guest's canonical username, or `null` when it is not of that form. */
export function guestIdOfUsername(canonical: string): string | null {
  return GUEST.exec(canonical)?.[1] ?? null;
}
