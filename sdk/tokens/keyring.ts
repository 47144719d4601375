/** The secrets that sign and verify tokens. */

import type { TokenClaims } from "../contract/records.ts";
import type { Mac } from "../crypto/primitives.ts";
import { primitives } from "../crypto/primitives-fast.ts";
import { AnonError } from "../errors.ts";
import { RecurringValues } from "../recurring-values.ts";

export interface SigningKey {
  /** Names the key in a token's header; derived from the secret, which it does not reveal. */
  kid: string;
  /** The token's first part. */
  header: string;
  /** `header` and the dot after it. */
  beginning: string;
  /** Signs `beginning` and a payload as it stands in the token. */
  mac: Mac;
}

export interface Keyring {
  signing: SigningKey;
  /** By a token's first part, which pins the algorithm: a header that is not one of ours has no key. */
  byHeader: ReadonlyMap<string, SigningKey>;
  /**
   * The claims of tokens that these keys signed: on Node verifying one takes half of what a request costs beside the server. Whether it has
   * expired, and whether its session still lives, is asked each time.
   */
  verified: RecurringValues<Readonly<TokenClaims>>;
}

const MINIMUM_LENGTH = 32;

export function createKeyring(secret: string | readonly string[] | undefined): Keyring {
  const secrets: unknown[] = Array.isArray(secret) ? secret : secret === undefined ? [] : [secret];
  const keys = secrets.map(prepare);
  const signing = keys[0];
  if (!signing) {
    throw new AnonError(
      "invalid_secret",
      "Cannot sign tokens without a secret: set ANON_SECRET to at least 32 characters, for example from `openssl rand -base64 33`, or pass it as `secret`. In development (NODE_ENV is not production) fs storage keeps one of its own",
    );
  }
  const byHeader = new Map(keys.map((key) => [key.header, key]));
  return { signing, byHeader, verified: new RecurringValues() };
}

function prepare(secret: unknown): SigningKey {
  if (typeof secret !== "string" || secret.length < MINIMUM_LENGTH) {
    throw new AnonError(
      "invalid_secret",
      `Cannot use this secret: it must have at least ${MINIMUM_LENGTH} characters, for example from \`openssl rand -base64 33\``,
    );
  }
  checkEnds(secret);
  const kid = kidOf(secret);
  const header = btoa(JSON.stringify({ alg: "HS256", typ: "JWT", kid })).replace(/=+$/, "");
  const beginning = `${header}.`;
  return { kid, header, beginning, mac: primitives.macWith(new TextEncoder().encode(secret), beginning) };
}

/** The name of a secret, which does not reveal it. */
export function kidOf(secret: string): string {
  const mac = primitives.macWith(new TextEncoder().encode(secret)).sign("anon-accounts key id");
  return mac.replace(/[^A-Za-z0-9]/g, "").slice(0, 12);
}

/** If only one of two processes reads a line end from a file with the secret, they have two secrets. */
function checkEnds(secret: string): void {
  const [first] = /^\s/.exec(secret) ?? [];
  const [last] = /\s$/.exec(secret) ?? [];
  const found = first === undefined ? last : first;
  if (found === undefined) return;
  const where = first === undefined ? "ends" : "begins";
  throw new AnonError("invalid_secret", `Cannot use this secret: it ${where} with ${nameOf(found)}, remove that`);
}

function nameOf(character: string): string {
  if (character === "\ufeff") return "a byte order mark";
  return /[\n\r\u2028\u2029]/.test(character) ? "a line end" : "white space";
}
