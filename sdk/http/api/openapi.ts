/** The OpenAPI description of the API, made of the table of its routes. Loaded only when it is requested. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { Settings } from "../../settings/collections.ts";
import type { HttpEngine } from "../http-engine.ts";
import type { Route, RouteDescription } from "./api-call.ts";
import {
  BODY_FIELDS,
  type BodyField,
  CHOSEN,
  ERROR,
  KEY_SET,
  object,
  RECORD_FIELDS,
  RESPONSES,
  reference,
  type Schema,
} from "./schemas.ts";

const STATUSES = {
  400: "A field is refused, or the sign-in fails",
  401: "No one is signed in",
  403: "The caller may not do this, or a page of another site sent the request",
  404: "There is no such collection or record, or the application sends no mail",
  409: "The account or the key is in another state, or too many requests change it at once",
  413: "The body or the record is too large",
  415: "The body is not application/json",
  429: "A limit is reached",
  503: "The storage, or what else is needed, is not available",
} as const;

type Status = keyof typeof STATUSES;

/** The own fields of one collection, if its schema says what they are. */
interface OwnFields {
  properties: Schema;
  required: readonly string[];
}

/** The document: OpenAPI 3.1. */
export function describeApi({ api, cookie, engine }: HttpEngine, routes: readonly Route[]): object {
  const { configured } = engine.settings;
  const collections = configured ?? [engine.settings.get(undefined)];
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `${api.basePath}/collections/{collection}/${route.path}`;
    paths[path] ??= { parameters: parametersOf(route.path) as object };
    paths[path][route.method.toLowerCase()] = operationOf(route, collections);
  }
  // without keys the application may serve a set of its own there
  if (engine.serviceKeys) paths["/.well-known/jwks.json"] = { get: KEYS_OPERATION };
  return {
    openapi: "3.1.1",
    info: {
      title: "anon-accounts",
      version: "1",
      description: "Accounts for visitors who have not signed up. The wire is that of PocketBase's record API.",
    },
    paths,
    components: {
      schemas: { ...recordSchemas(collections), ...RESPONSES, Error: ERROR },
      responses: Object.fromEntries(Object.entries(STATUSES).map(([status, text]) => [status, failure(status, text)])),
      parameters: {
        collection: {
          ...{ name: "collection", in: "path", required: true },
          schema: { type: "string", enum: collections.map(({ name }) => name) },
        },
        id: { name: "id", in: "path", required: true, schema: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" } },
        fields: {
          ...{ name: "fields", in: "query", schema: { type: "string", maxLength: 4_096 } },
          description: "Which fields of the response to send, such as `record.id,token`. Default: all",
        },
        key: {
          ...{ name: "Idempotency-Key", in: "header", schema: { type: "string", pattern: "^[!-~]{16,255}$" } },
          description: "All requests with one key get one account, for two minutes",
        },
      },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        cookie: { type: "apiKey", in: "cookie", name: cookie.name },
      },
    },
  };
}

function parametersOf(path: string): object[] {
  return ["collection", ...(path.includes("{id}") ? ["id"] : []), "fields"].map(parameter);
}

const parameter = (name: string): object => ({ $ref: `#/components/parameters/${name}` });

function operationOf({ method, path, describe }: Route, collections: readonly Settings[]): object {
  const { summary, access, returns, body } = describe;
  const content = returns && { "application/json": { schema: reference(returns) } };
  const signedIn = [{ token: [] }, { cookie: [] }];
  return {
    operationId: `${method.toLowerCase()}-${path}`.replace(/[-/{}]+(\w?)/g, (_, letter) => letter.toUpperCase()),
    summary,
    ...(path === "auth-anonymously" && { parameters: [parameter("key")] }),
    security: access === "anyone" ? [{}, ...signedIn] : signedIn,
    ...(body && { requestBody: bodyOf(body, collections, path) }),
    responses: {
      ...(content ? { 200: { description: "Done", content } } : { 204: { description: "Done" } }),
      ...Object.fromEntries(
        statusesOf(method, describe).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
      ),
    },
  };
}

const KEYS_OPERATION = {
  operationId: "getKeys",
  summary: "Get the public keys that verify tokens for other services",
  security: [],
  responses: { 200: { description: "Done", content: { "application/json": { schema: KEY_SET } } } },
};

function statusesOf(method: Route["method"], { access, limited }: RouteDescription): Status[] {
  const all: Partial<Record<Status, boolean>> = {
    400: true,
    401: access === "caller",
    403: method !== "GET" || access === "caller",
    404: true,
    409: method !== "GET",
    413: method !== "GET",
    415: method !== "GET",
    429: limited === true,
    503: true,
  };
  return (Object.keys(STATUSES).map(Number) as Status[]).filter((status) => all[status]);
}

function failure(status: string, description: string): object {
  return {
    description,
    ...(status === "429" && { headers: { "Retry-After": { schema: { type: "integer" }, description: "Seconds" } } }),
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  };
}

function bodyOf(fields: readonly BodyField[], collections: readonly Settings[], path: string): object {
  const named: Record<string, Schema> = {};
  for (const field of fields) {
    if (field === "…") continue;
    const name = field.replace("?", "") as keyof typeof BODY_FIELDS;
    named[field] = name === "password" && fields.includes("passwordConfirm") ? CHOSEN : BODY_FIELDS[name];
  }
  const one = object(named);
  // only a new account needs all of its own fields
  const creates = path === "auth-anonymously" || path === "records";
  const own = fields.includes("…") ? collections.map((settings) => ownFieldsOf(settings, "input")) : [null];
  const schema = own.every((each) => each === null) ? one : anyOf(own.map((each) => withOwnFields(one, each, creates)));
  const required = fields.some((field) => field !== "…" && !field.endsWith("?"));
  return { ...(required && { required }), content: { "application/json": { schema } } };
}

/** The schema of a record: one for each collection, if their fields are known. */
function recordSchemas(collections: readonly Settings[]): Record<string, Schema> {
  const record = object(RECORD_FIELDS);
  const own = collections.map((settings) => ownFieldsOf(settings, "output"));
  if (own.every((each) => each === null)) return { Record: withOwnFields(record, null, true) };
  const names = collections.map(({ name }) => `Record_${name}`);
  const schemas = collections.map(({ name }, index) => {
    const schema = object({ ...RECORD_FIELDS, collectionName: { const: name } });
    return [names[index], withOwnFields(schema, own[index] ?? null, true)] as const;
  });
  const alternatives = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  return { Record: anyOf(alternatives), ...Object.fromEntries(schemas) };
}

function withOwnFields(schema: Schema, own: OwnFields | null, areRequired: boolean): Schema {
  if (!own) return { ...schema, additionalProperties: true };
  const properties = { ...own.properties, ...(schema.properties as Schema) };
  const required = [...((schema.required ?? []) as string[]), ...(areRequired ? own.required : [])];
  return { ...schema, properties, ...(required.length > 0 && { required }) };
}

/** One of these, each of them once. */
function anyOf(schemas: readonly Schema[]): Schema {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return distinct.length === 1 ? (distinct[0] as Schema) : { anyOf: distinct };
}

/** `null` if the schema's library makes no JSON Schema of it, or one that is more than a list of properties. */
function ownFieldsOf({ schema }: Settings, direction: "input" | "output"): OwnFields | null {
  try {
    const standard = schema?.["~standard"] as Partial<StandardJSONSchemaV1.Props> | StandardSchemaV1.Props | undefined;
    const converter = standard && "jsonSchema" in standard ? standard.jsonSchema : undefined;
    const { type, properties, required = [] } = converter?.[direction]({ target: "draft-2020-12" }) ?? {};
    // a reference would have to be rewritten
    if (type !== "object" || !properties || JSON.stringify(properties).includes('"$ref"')) return null;
    return { properties: properties as Schema, required: required as string[] };
  } catch {
    // a field of a type that JSON Schema does not have, such as a date
    return null;
  }
}
