/** The tables `auth.users` and `auth.identities` of Supabase: JSON (an array, lines, or one object), or CSV with a header. */
import type { ImportedIdentity } from "../../sdk/contract/import.ts";
import { disabled, type Entry, malformed, type Position } from "./entry.ts";
import { readRows } from "./rows.ts";
import type { Source } from "./source.ts";
import type { ReadOptions } from "./system.ts";
import {
  flagOf,
  isObject,
  latestOf,
  objectOf,
  ownFields,
  picked,
  providerOf,
  type Row,
  textOf,
  timeOf,
} from "./values.ts";

const DOCUMENT = { accounts: ["users"], others: ["identities"] };

export async function* readSupabase(source: Source, options: ReadOptions): AsyncGenerator<Entry> {
  for await (const read of readRows(source, options.identities, DOCUMENT, "user_id")) {
    yield "row" in read ? entryOf(read.at, read.row, read.owned, options) : read;
  }
}

function entryOf(at: Position, row: Row, owned: readonly Row[], { fields }: ReadOptions): Entry {
  const id = textOf(row.id);
  if (id === undefined) return malformed(at, "Cannot read this account: it has no id");
  const bannedUntil = timeOf(row.banned_until);
  if (textOf(row.deleted_at)) return disabled(at, id, "it was deleted in Supabase");
  if (bannedUntil !== undefined && !(new Date(bannedUntil).getTime() < Date.now())) {
    return disabled(at, id, "it is banned in Supabase");
  }
  const email = textOf(row.email);
  const passwordHash = textOf(row.encrypted_password);
  const phone = textOf(row.phone);
  const identities = identitiesOf([...listOf(row.identities), ...owned]);
  const json = ["raw_user_meta_data", "raw_app_meta_data"].map((name) => [name, objectOf(row[name])]);
  return {
    at,
    hasSecondFactor: listOf(row.factors).some(({ status }) => status !== "unverified"),
    isReachable: Boolean(email || passwordHash || phone || identities.length > 0 || hasProvider(row.raw_app_meta_data)),
    account: {
      id,
      anonymous: flagOf(row.is_anonymous),
      email,
      verified: textOf(row.email_confirmed_at) !== undefined,
      created: timeOf(row.created_at),
      updated: timeOf(row.updated_at),
      lastActive: latestOf(timeOf(row.last_sign_in_at), timeOf(row.updated_at)),
      passwordHash,
      identities,
      fields: ownFields({
        phone,
        user_metadata: objectOf(row.raw_user_meta_data),
        ...picked({ ...row, ...Object.fromEntries(json) }, fields),
      }),
    },
  };
}

/** An account names its providers also where the identities are missing. It may have no email: X gives none. */
function hasProvider(metadata: unknown): boolean {
  const { provider, providers } = objectOf(metadata) ?? {};
  return [provider, providers].flat().some((name) => textOf(name) !== undefined && name !== "anonymous");
}

/** With `json_agg`, the identities stand in their account. */
function listOf(value: unknown): Row[] {
  const list: unknown = typeof value === "string" && value.startsWith("[") ? parsed(value) : value;
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function identitiesOf(rows: readonly Row[]): ImportedIdentity[] {
  return rows.flatMap((row) => {
    const provider = providerOf(textOf(row.provider) ?? "");
    const data = objectOf(row.identity_data) ?? {};
    // before 2023 `id` was what `provider_id` is now
    const subject = textOf(row.provider_id) ?? textOf(data.sub) ?? textOf(row.id);
    if (!provider || !subject) return [];
    const email = textOf(data.email) ?? textOf(row.email);
    return [{ provider, subject, email, emailVerified: flagOf(data.email_verified), linked: timeOf(row.created_at) }];
  });
}
