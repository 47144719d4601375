/** What `firebase auth:export` writes: JSON, or CSV without a header. */
import type { ImportedIdentity } from "../../sdk/contract/import.ts";
import { AnonError } from "../../sdk/errors.ts";
import { disabled, type Entry, malformed, type Position } from "./entry.ts";
import { csvRecords } from "./read-csv.ts";
import { elementsAt } from "./read-json.ts";
import { type Source, withHead } from "./source.ts";
import type { FirebaseHashConfig, ReadOptions } from "./system.ts";
import {
  flagOf,
  isObject,
  mayBeSet,
  objectOf,
  ownFields,
  picked,
  providerOf,
  type Row,
  textOf,
  timeOf,
} from "./values.ts";

/** The columns in their order; four for each provider. The 29th is empty. */
const FIRST = ["localId", "email", "emailVerified", "passwordHash", "salt", "displayName", "photoUrl"];
const PROVIDERS = ["google.com", "facebook.com", "twitter.com", "github.com"];
const LAST = ["createdAt", "lastSignedInAt", "phoneNumber", "disabled", "customAttributes"];
const COLUMNS = FIRST.length + 4 * PROVIDERS.length + LAST.length;

export async function* readFirebase(given: Source, options: ReadOptions): AsyncGenerator<Entry> {
  const { head, source } = await withHead(given);
  if (head.startsWith("{")) {
    for await (const read of elementsAt(source.open(), "$.users.*", source.name)) {
      yield "row" in read ? entryOf(read.at, read.row, options) : read;
    }
    return;
  }
  for await (const { at, values } of csvRecords(source.open(), source.name)) {
    if (values.length === COLUMNS || values.length === COLUMNS + 1) yield entryOf(at, rowOf(values), options);
    else {
      const message = `Cannot read this line: it has ${values.length} values, and Firebase writes ${COLUMNS + 1}`;
      yield malformed(at, message);
    }
  }
}

function rowOf(values: readonly string[]): Row {
  const row: Row = {};
  for (const [index, name] of FIRST.entries()) row[name] = values[index];
  const providers = PROVIDERS.map((providerId, index) => {
    const [rawId, email] = values.slice(FIRST.length + 4 * index);
    return { providerId, rawId, email };
  });
  for (const [index, name] of LAST.entries()) row[name] = values[FIRST.length + 4 * PROVIDERS.length + index];
  return { ...row, providerUserInfo: providers.filter(({ rawId }) => rawId) };
}

function entryOf(at: Position, row: Row, { hashConfig, withoutHashes, fields }: ReadOptions): Entry {
  const id = textOf(row.localId);
  if (id === undefined) return malformed(at, "Cannot read this account: it has no localId");
  if (mayBeSet(row.disabled)) return disabled(at, id, "it is disabled in Firebase");
  const email = textOf(row.email);
  const hash = textOf(row.passwordHash);
  const phoneNumber = textOf(row.phoneNumber);
  if (hash !== undefined && !hashConfig && !withoutHashes) {
    const message = "Cannot keep this password hash: give the project's parameters with --hash-config";
    return { at, id, code: "unsupported_hash", message };
  }
  const identities = identitiesOf(row.providerUserInfo);
  const isReachable = Boolean(email || hash || phoneNumber || identities.length > 0);
  return {
    at,
    isReachable,
    // firebase-tools leaves it out, other exports have it
    hasSecondFactor: Array.isArray(row.mfaInfo) && row.mfaInfo.length > 0,
    account: {
      id,
      email,
      verified: flagOf(row.emailVerified),
      created: timeOf(row.createdAt),
      // a guest signs in once, and what it does later is not exported
      lastActive: isReachable ? timeOf(row.lastSignedInAt) : undefined,
      passwordHash: hash && hashConfig && hashOf(hash, textOf(row.salt) ?? "", hashConfig),
      identities,
      fields: ownFields({
        displayName: row.displayName,
        photoUrl: row.photoUrl,
        phoneNumber,
        ...picked({ ...row, customAttributes: objectOf(row.customAttributes) }, fields),
      }),
    },
  };
}

function identitiesOf(list: unknown): ImportedIdentity[] {
  return (Array.isArray(list) ? list : []).filter(isObject).flatMap(({ providerId, rawId, email }) => {
    const provider = providerOf(textOf(providerId) ?? "");
    const subject = textOf(rawId);
    return provider && subject ? [{ provider, subject, email: textOf(email) }] : [];
  });
}

/** In the form that `importAccount` accepts. */
function hashOf(
  hash: string,
  salt: string,
  { signerKey, saltSeparator, rounds, memoryCost }: FirebaseHashConfig,
): string {
  return `$fbscrypt$v=1,n=${memoryCost},r=${rounds},p=1,ss=${saltSeparator},sk=${signerKey}$${salt}$${hash}`;
}

/** As the console shows them: `base64_signer_key: …,` a line; or the same names in JSON. */
const PARAMETER = /["']?(\w+)["']?\s*[:=]\s*["']?([\w+/=-]+)/g;

/**
 * The parameters in a file: the text that the console shows, or JSON.
 *
 * @throws {AnonError} `invalid_options`; the message quotes nothing of the file
 */
export function parseHashConfig(text: string, name: string): FirebaseHashConfig {
  const values = new Map([...text.matchAll(PARAMETER)].map(([, key = "", value = ""]) => [key.toLowerCase(), value]));
  const value = (...names: string[]): string | undefined =>
    names.map((one) => values.get(one)).find((one) => one !== undefined);
  const algorithm = value("algorithm") ?? "SCRYPT";
  if (algorithm.toUpperCase() !== "SCRYPT") {
    throw new AnonError("invalid_options", `Cannot use ${name}: its algorithm is not SCRYPT, the only one exported`);
  }
  const signerKey = value("base64_signer_key", "signer_key", "signerkey");
  const rounds = Number(value("rounds"));
  const memoryCost = Number(value("mem_cost", "memcost", "memory_cost", "memorycost"));
  const isComplete = signerKey !== undefined && Number.isInteger(rounds) && Number.isInteger(memoryCost);
  if (!isComplete) {
    throw new AnonError(
      "invalid_options",
      `Cannot use ${name}: it must hold base64_signer_key, base64_salt_separator, rounds and mem_cost, as the console shows them`,
    );
  }
  const saltSeparator = value("base64_salt_separator", "salt_separator", "saltseparator") ?? "";
  return { signerKey, saltSeparator, rounds, memoryCost };
}
