/** The parts of the OpenAPI description that routes name. JSON Schema 2020-12. */

export type Schema = Readonly<Record<string, unknown>>;

type FieldName =
  | "identity"
  | "identityField"
  | "email"
  | "newEmail"
  | "username"
  | "password"
  | "passwordConfirm"
  | "oldPassword"
  | "token"
  | "code"
  | "strategy"
  | "everywhere";

/** A field of a body; `?` marks an optional one, and `…` the application's own fields. */
export type BodyField = FieldName | `${FieldName}?` | "…";

/** The body of a response. */
export type ResponseName = "Record" | "Auth" | "Me" | "TransferCode" | "AuthMethods" | "Sessions" | "Export";

const text: Schema = { type: "string" };
const flag: Schema = { type: "boolean" };
const count: Schema = { type: "integer" };
const mail: Schema = { type: "string", format: "email", maxLength: 254 };
const time: Schema = { type: "string", description: "UTC, such as 2026-11-24 16:00:00.000Z" };

/** An object of these fields; a `?` after a name marks an optional one. */
export function object(fields: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(fields);
  const required = entries.map(([name]) => name).filter((name) => !name.endsWith("?"));
  const properties = Object.fromEntries(entries.map(([name, schema]) => [name.replace("?", ""), schema]));
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}

const list = (items: Schema): Schema => ({ type: "array", items });

export function reference(name: ResponseName): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** A password that a person chooses. */
export const CHOSEN: Schema = { type: "string", minLength: 8, maxLength: 1_024 };

/** Fields that a body may have. */
export const BODY_FIELDS: Readonly<Record<FieldName, Schema>> = {
  identity: { ...text, description: "An email or a username" },
  identityField: { enum: ["email", "username", "", null] },
  email: mail,
  newEmail: mail,
  username: { ...text, description: "3 to 150 letters, digits and . _ -" },
  password: text,
  passwordConfirm: { ...text, description: "The same as `password`" },
  oldPassword: text,
  token: text,
  code: text,
  strategy: { enum: ["keep-account", "keep-anonymous"] },
  everywhere: flag,
};

/** The fields of every record; the application's own ones are added to them. */
export const RECORD_FIELDS: Readonly<Record<string, Schema>> = {
  id: { ...text, pattern: "^[A-Za-z0-9_-]{1,64}$" },
  collectionId: text,
  collectionName: text,
  email: text,
  emailVisibility: flag,
  username: text,
  verified: flag,
  anonymous: flag,
  created: time,
  updated: time,
};

/** What a client gets of a failure. */
export const ERROR: Schema = object({
  status: count,
  code: { ...text, description: "For programs to decide by" },
  message: text,
  data: {
    type: "object",
    description: "What is wrong with single fields",
    additionalProperties: object({ code: text, message: text }),
  },
});

const session = object({ id: text, created: time, expires: time, current: flag });
const ways = object({ enabled: flag });

/** The bodies of responses, besides the record. */
export const RESPONSES: Readonly<Record<Exclude<ResponseName, "Record">, Schema>> = {
  Auth: object({ record: reference("Record"), token: text }),
  Me: object({
    record: { anyOf: [reference("Record"), { type: "null" }] },
    "expiresIn?": { ...count, description: "Seconds" },
    "token?": text,
  }),
  TransferCode: object({ code: text, expires: text }),
  AuthMethods: object({
    password: object({ enabled: flag, identityFields: list(text) }),
    oauth2: ways,
    mfa: ways,
    otp: ways,
  }),
  Sessions: object({ sessions: list(session) }),
  Export: object({
    exported: time,
    lastActive: time,
    record: reference("Record"),
    sessions: list(session),
    identities: list(object({ provider: text, subject: text, "email?": text, "emailVerified?": flag, linked: time })),
  }),
};

/** The public keys for other services: a JSON Web Key Set. */
export const KEY_SET: Schema = object({
  keys: list(
    object({
      kid: { ...text, description: "As in the header of a token" },
      alg: { enum: ["ES256", "EdDSA"] },
      kty: { enum: ["EC", "OKP"] },
      crv: { enum: ["P-256", "Ed25519"] },
      x: text,
      "y?": { ...text, description: "Of an ES256 key" },
      use: { const: "sig" },
    }),
  ),
});
