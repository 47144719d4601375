/**
 * Fast twin of `codec.ts`, for the text that most accounts have: a guest with one session and no own fields. That text
 * has a fixed form whose parts need no escaping. Reading it by its form makes no garbage beside the account, writing it
 * by its form skips JSON.stringify.
 *
 * Paid for by the bench rows sign-in-memory (writing) and authenticate-redis (reading). A test holds it to its twin.
 */
import type { Account } from "./account.ts";
import { ANONYMOUS_BEGINNING, encodeAccount, decodeAccount as plainDecode } from "./codec.ts";

const BEGINNING = `${ANONYMOUS_BEGINNING}"verified":false,"email":"`;

/** `encodeAccount`, for a guest that `newGuest` made. */
export function encodeNewGuest(account: Account): string {
  if (Object.keys(account.data).length > 0) return encodeAccount(account);
  const [session] = account.sessions;
  const sessions = session
    ? `[{"id":"${session.id}","created":${session.created},"expires":${session.expires}}]`
    : "[]";
  return `${BEGINNING}${account.email}","username":"${account.username}","password":"${
    account.password
  }","sessions":${sessions},"created":${account.created},"updated":${account.updated},"lastActive":${
    account.lastActive
  },"fence":0,"data":{}}`;
}

export function decodeAccount(collection: string, id: string, key: string, text: string): Account {
  return decodeGuest(collection, id, text) ?? plainDecode(collection, id, key, text);
}

/** The account in the text of a guest with one session; `null` for any other text. */
function decodeGuest(collection: string, id: string, text: string): Account | null {
  // without a backslash the next quote is the end of a string
  if (!text.startsWith(BEGINNING) || text.includes("\\")) return null;
  reader.text = text;
  reader.at = BEGINNING.length;
  const email = reader.string();
  const username = reader.string('","username":"');
  const password = reader.string('","password":"');
  const sid = reader.string('","sessions":[{"id":"');
  const began = reader.number('","created":');
  const expires = reader.number(',"expires":');
  const created = reader.number('}],"created":');
  const updated = reader.number(',"updated":');
  const lastActive = reader.number(',"lastActive":');
  const fence = reader.number(',"fence":');
  if (!reader.ends(',"data":{}}')) return null;
  return {
    id,
    collection,
    anonymous: true,
    verified: false,
    email,
    username,
    password,
    sessions: [{ id: sid, created: began, expires }],
    created,
    updated,
    lastActive,
    fence,
    data: {},
  };
}

/** Reads a text from left to right. After the first unexpected part `ends` returns `false`. */
class Reader {
  text = "";
  at = 0;

  string(before = ""): string {
    this.#skip(before);
    const end = this.at < 0 ? -1 : this.text.indexOf('"', this.at);
    const found = end < 0 ? "" : this.text.slice(this.at, end);
    this.at = found === "" ? -1 : end;
    return found;
  }

  /** A whole number of at most 15 digits, which is exact. */
  number(before: string): number {
    this.#skip(before);
    const from = this.at;
    if (from < 0) return 0;
    let value = 0;
    for (;;) {
      const digit = this.text.charCodeAt(this.at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      this.at++;
    }
    const digits = this.at - from;
    if (digits === 0 || digits > 15 || (digits > 1 && this.text.charCodeAt(from) === 48)) this.at = -1;
    return value;
  }

  ends(last: string): boolean {
    this.#skip(last);
    const done = this.at === this.text.length;
    this.text = "";
    return done;
  }

  #skip(expected: string): void {
    if (this.at >= 0) this.at = this.text.startsWith(expected, this.at) ? this.at + expected.length : -1;
  }
}

// shared by all calls: nothing is awaited while it is in use
const reader = new Reader();
