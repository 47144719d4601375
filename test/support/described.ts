/** Checks requests and responses of the HTTP API against its OpenAPI description. */
import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Anon } from "../../sdk/contract/anon.ts";

export interface Operation {
  operationId: string;
  summary: string;
  security: readonly Record<string, readonly []>[];
  parameters?: readonly object[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { $ref?: string }>;
}

// biome-ignore lint/suspicious/noExplicitAny: each test reads other keywords
export type Schema = Record<string, any>;

export interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, Schema>>;
}

/** The description that an API serves. */
export async function descriptionOf(anon: Anon, basePath = "/api"): Promise<OpenApi> {
  const response = await anon.handler(new Request(`https://shop.example${basePath}/openapi.json`));
  assert.equal(response.status, 200);
  return (await response.json()) as OpenApi;
}

/** One exchange of the API. Bodies are what JSON makes of them; `undefined` for none. */
export interface Exchange {
  method: string;
  /** Without the query. */
  path: string;
  sent?: unknown;
  status: number;
  received?: unknown;
  /** Whether `fields` asked for a part of the response. */
  partial?: boolean;
}

/** Returns a check that throws if the description does not allow an exchange. It returns the operation, if there is one. */
export function describedBy(document: OpenApi): (exchange: Exchange) => string | null {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, "api");
  const compiled = new Map<string, ValidateFunction>();

  function validator(pointer: string): ValidateFunction {
    const known = compiled.get(pointer);
    if (known) return known;
    const made = ajv.compile({ $ref: `api${pointer}` });
    compiled.set(pointer, made);
    return made;
  }

  function conforms(pointer: string, value: unknown, what: string): void {
    const validate = validator(pointer);
    assert.ok(
      validate(value),
      `${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)?.slice(0, 500)}`,
    );
  }

  const templates = Object.keys(document.paths).map((template) => {
    const names = document.components.parameters?.collection?.schema.enum as string[];
    const pattern = template.replace("{collection}", `(?:${names.join("|")})`).replace("{id}", "[a-z0-9]{15,16}");
    return { template, pattern: new RegExp(`^${pattern}$`) };
  });

  return ({ method, path, sent, status, received, partial = false }) => {
    const template = templates.find(({ pattern }) => pattern.test(path))?.template;
    const verb = method === "HEAD" ? "get" : method.toLowerCase();
    const operation = template === undefined ? undefined : document.paths[template]?.[verb];
    if (!operation || template === undefined) {
      const expected = method === "OPTIONS" ? [204, 404] : [404, 405];
      assert.ok(expected.includes(status), `${method} ${path} is not described, and has the status ${status}`);
      return null;
    }
    const name = `${method} ${path} ${status}`;
    const response = operation.responses[status];
    assert.ok(response, `${name} is not described`);
    const at = `#/paths/${template.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll("{", "%7B").replaceAll("}", "%7D")}/${verb}`;
    const place = response.$ref ?? `${at}/responses/${status}`;
    if (status === 204) assert.equal(received, undefined, name);
    else if (method !== "HEAD" && !(partial && status === 200)) {
      conforms(`${place}/content/application~1json/schema`, received, name);
    }
    if (status < 300 && operation.requestBody) {
      if (operation.requestBody.required) assert.notEqual(sent, undefined, `${name} without a body`);
      if (sent !== undefined)
        conforms(`${at}/requestBody/content/application~1json/schema`, sent, `the body of ${name}`);
    }
    return operation.operationId;
  };
}
