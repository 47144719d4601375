import type { Account } from "../../account/account.ts";
import { canonicalEmail, checkEmail, guestEmail } from "../../account/email.ts";
import { checkGuestData } from "../../account/guest.ts";
import { isAccountId } from "../../account/id.ts";
import { canonicalIdentity, checkIdentity, type Identity, withIdentity } from "../../account/identity.ts";
import { changeOwnFields } from "../../account/own-fields.ts";
import { checkUsername, guestUsername } from "../../account/username.ts";
import type { ImportedAccount } from "../../contract/import.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import { unknownPassword } from "../../passwords/hash.ts";
import { storedHashOf } from "../../passwords/imported.ts";
import type { Settings } from "../../settings/collections.ts";
import { type UniqueKey, uniqueKey } from "../../storage/uniqueness.ts";

/** An account as it is to be stored, and what it will own. */
export interface CheckedImport {
  account: Account;
  unique: UniqueKey[];
}

/** @throws {AnonError} what is wrong with the input */
export async function checkImport(engine: Engine, settings: Settings, input: ImportedAccount): Promise<CheckedImport> {
  const { id, anonymous = false, passwordHash, identities: listed = [] } = input;
  // JSON may hold anything, and an account that is stored with another value cannot be read again
  if (typeof anonymous !== "boolean") throw invalid("anonymous", "must be true or false");
  if (!Array.isArray(listed)) throw invalid("identities", "must be an array");
  const now = engine.now();
  if (!isAccountId(id)) {
    throw new AnonError("invalid_id", "Cannot keep this id: an id is 1 to 64 of A-Z, a-z, 0-9, _ and -");
  }
  if (anonymous && listed.length > 0) {
    throw new AnonError(
      "invalid_identity",
      "Cannot import these identities: a guest has none, import it as registered",
    );
  }
  const names = anonymous ? guestNames(id, settings) : chosenNames(id, settings, input);
  let identities: Identity[] = [];
  for (const one of listed) {
    identities = withIdentity(identities, checkIdentity(one, timeOf("identities.linked", one?.linked) ?? now));
  }
  const created = timeOf("created", input.created) ?? now;
  const data = await changeOwnFields({}, input.fields ?? {}, settings.schema);
  if (anonymous) checkGuestData(data, settings);
  const { email, username, unique } = names;
  for (const one of identities) unique.push(uniqueKey(settings.name, "identity", canonicalIdentity(one)));
  return {
    unique,
    account: {
      id,
      collection: settings.name,
      anonymous,
      verified: unique.some(({ kind }) => kind === "email") && input.verified === true,
      email,
      username,
      password: passwordHash === undefined ? unknownPassword(id) : storedHashOf(passwordHash),
      sessions: [],
      created,
      updated: timeOf("updated", input.updated) ?? created,
      // activity that was not reported costs no guest its account
      lastActive: Math.min(timeOf("lastActive", input.lastActive) ?? now, now),
      // deleted and imported again, it must not have the text that a change of the first one has read
      fence: anonymous ? 0 : Math.random(),
      data,
      ...(identities.length === 0 ? {} : { identities }),
    },
  };
}

interface Names extends Pick<Account, "email" | "username"> {
  unique: UniqueKey[];
}

/** An email of another system's guest may be one that a person has. */
function guestNames(id: string, settings: Settings): Names {
  const email = guestEmail(id, settings.guestEmailDomain);
  if (canonicalEmail(email) === null) {
    throw new AnonError(
      "invalid_id",
      "Cannot keep this id: in the email of an account without one of its own it takes over 59 characters, in which capitals and _ count twice",
    );
  }
  return { email, username: guestUsername(id), unique: [] };
}

function chosenNames(id: string, settings: Settings, { email: given, username: chosen }: ImportedAccount): Names {
  const unique: UniqueKey[] = [];
  // an account of ours that was exported has these if it has no others
  const isGenerated = given === undefined || given === guestEmail(id, settings.guestEmailDomain);
  const email = isGenerated ? guestNames(id, settings).email : checkEmail(given, settings.guestEmailDomain);
  if (!isGenerated) unique.push(uniqueKey(settings.name, "email", canonicalEmail(email) as string));
  const generated = guestUsername(id);
  const username = chosen ?? generated;
  if (username !== generated) unique.push(uniqueKey(settings.name, "username", checkUsername(username)));
  return { email, username, unique };
}

const ISO_TIME = /^[+-]?\d{4,6}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** In milliseconds since the epoch; a text without a time zone would mean another time on each machine. */
function timeOf(name: string, value: string | Date | undefined): number | undefined {
  if (value === undefined) return undefined;
  const isTime = value instanceof Date || (typeof value === "string" && ISO_TIME.test(value));
  const time = isTime ? new Date(value).getTime() : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw invalid(name, "must be a Date or a text of ISO 8601 with a time zone");
}

function invalid(path: string, message: string): AnonError {
  return new AnonError("invalid_data", `Cannot import this account: \`${path}\` ${message}`, {
    issues: [{ path, message }],
  });
}
