/** The OpenAPI description of the API. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { z } from "zod";
import { ROUTES } from "../../../../sdk/http/api/handler.ts";
import memory from "../../../../storage-drivers/memory.ts";
import { startApi } from "../../../support/api.ts";
import { describedBy, descriptionOf, type Schema } from "../../../support/described.ts";
import { COLLECTIONS, PASSWORD, setUp } from "../../../support/sdk.ts";
import { withServiceTokens } from "../../../support/service-keys.ts";

const URL_ = "https://shop.example/api/openapi.json";
const customers = z.object({ cart: z.array(z.string()).default([]), plan: z.enum(["free", "paid"]) });
const SETTINGS: Record<string, Parameters<typeof setUp>[1]> = {
  "without collections": {},
  "with collections": COLLECTIONS,
  "with a schema": { collections: { users: { schema: customers } } },
  "with schemas of several collections": { collections: { users: {}, customers: { schema: customers } } },
  "with all that can be set": {
    api: { basePath: "/accounts/v1", cookies: true, origins: ["https://app.example"] },
    cookie: { name: "guest", domain: "shop.example" },
    sendMail: () => undefined,
    ...withServiceTokens(),
  },
};

describe("the OpenAPI description", () => {
  for (const [name, options] of Object.entries(SETTINGS)) {
    it(`is valid ${name}, and has every route and no other`, async () => {
      const { anon } = setUp(memory(), options);
      const basePath = name === "with all that can be set" ? "/accounts/v1" : "/api";
      const document = await descriptionOf(anon, basePath);
      const { valid, errors } = await new Validator().validate({ ...document });
      assert.ok(valid, JSON.stringify(errors));
      assert.equal(document.openapi, "3.1.1");
      const described = Object.entries(document.paths).flatMap(([path, { parameters: _, ...operations }]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const routes = ROUTES.map(({ method, path }) => `${method} ${basePath}/collections/{collection}/${path}`);
      if (options?.serviceTokens) routes.push("GET /.well-known/jwks.json");
      assert.deepEqual(described.sort(), routes.sort());
      const operations = Object.values(document.paths).flatMap(({ parameters: _, ...all }) => Object.values(all));
      assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, routes.length);
      for (const { operationId, summary } of operations) {
        assert.match(operationId, /^[a-z][A-Za-z]+$/);
        assert.match(summary, /^[A-Z].{5,70}[^.]$/);
      }
    });
  }

  it("is served at the base path, to every origin that may call the API, and may be cached", async () => {
    const { anon } = setUp(memory(), { api: { origins: ["https://app.example"] } });
    assert.ok(anon.isApiRequest(new Request(`${URL_}?v=1`)));
    const headers = { origin: "https://app.example" };
    const response = await anon.handler(new Request(URL_, { headers }));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("cache-control"), "public, max-age=300");
    assert.equal(response.headers.get("access-control-allow-origin"), "https://app.example");
    assert.equal(response.headers.get("set-cookie"), null);
    for (const [method, status, allow] of [
      ["HEAD", 200, null],
      ["OPTIONS", 204, "GET"],
      ["POST", 405, "GET"],
      ["DELETE", 405, "GET"],
    ] as const) {
      const other = await anon.handler(new Request(URL_, { method }));
      assert.deepEqual([other.status, other.headers.get("allow")], [status, allow], method);
    }
  });

  it("is absent elsewhere and without the API", async () => {
    const { anon } = setUp(memory());
    for (const path of ["/openapi.json", "/api/openapi.jsonx", "/api/x/openapi.json", "/api/openapi.json/"]) {
      const request = new Request(`https://shop.example${path}`);
      assert.equal(anon.isApiRequest(request), false, path);
      assert.equal((await anon.handler(request)).status, 404, path);
    }
    const { anon: without } = setUp(memory(), { api: false });
    assert.equal(without.isApiRequest(new Request(URL_)), false);
    assert.equal((await without.handler(new Request(URL_))).status, 404);
    const { anon: root } = setUp(memory(), { api: { basePath: "/" } });
    assert.ok(root.isApiRequest(new Request("https://shop.example/openapi.json")));
    assert.ok((await descriptionOf(root, "")).paths["/collections/{collection}/me"]);
  });

  it("has the public keys for other services, if there are any", async () => {
    const { anon } = setUp(memory(), withServiceTokens());
    const path = "/.well-known/jwks.json";
    const response = await anon.handler(new Request(`https://shop.example${path}`));
    const received = (await response.json()) as { keys: object[] };
    const check = describedBy(await descriptionOf(anon));
    assert.equal(check({ method: "GET", path, status: response.status, received }), "getKeys");
    const half = { keys: [{ ...received.keys[0], x: undefined }] };
    assert.throws(() => check({ method: "GET", path, status: 200, received: half }), /must have required property 'x'/);
    assert.equal((await descriptionOf(setUp(memory()).anon)).paths[path], undefined, "an application may have its own");
  });

  it("names the collections and the cookie", async () => {
    const enumOf = async (options: Parameters<typeof setUp>[1]) => {
      const { components } = await descriptionOf(setUp(memory(), options).anon);
      return [components.parameters?.collection?.schema.enum, components.securitySchemes?.cookie?.name];
    };
    assert.deepEqual(await enumOf({}), [["users"], "__Host-anon"]);
    assert.deepEqual(await enumOf({ ...COLLECTIONS, cookie: { name: "id" } }), [["users", "customers"], "__Host-id"]);
  });

  it("has the own fields that a schema describes: all for a new account, none required for a change", async () => {
    const { anon } = setUp(memory(), { collections: { users: { schema: customers } } });
    const { paths, components } = await descriptionOf(anon);
    const bodyOf = (method: string, path: string): Schema =>
      paths[`/api/collections/{collection}/${path}`]?.[method]?.requestBody?.content["application/json"]
        ?.schema as Schema;
    const record = components.schemas?.Record_users as Schema;
    assert.deepEqual(record.properties.plan, { type: "string", enum: ["free", "paid"] });
    assert.ok(record.required.includes("cart") && record.required.includes("id"));
    assert.equal(record.additionalProperties, undefined, "a record has more fields than its own ones");
    const created = bodyOf("post", "auth-anonymously");
    assert.deepEqual(created.required, ["plan"], "a field with a default may be left out");
    assert.deepEqual(bodyOf("post", "records").required, ["email", "password", "passwordConfirm", "plan"]);
    assert.equal(bodyOf("patch", "records/{id}").required, undefined);
    assert.deepEqual(Object.keys(bodyOf("patch", "records/{id}").properties).slice(0, 2), ["cart", "plan"]);
  });

  it("allows any own field where a schema says too little", async () => {
    const tree: z.ZodType = z.object({
      get below() {
        return z.array(tree);
      },
    });
    for (const schema of [
      z.object({ when: z.date() }),
      z.record(z.string(), z.number()),
      tree,
      { "~standard": { version: 1, vendor: "plain", validate: (value: unknown) => ({ value }) } } as const,
    ]) {
      const { anon } = setUp(memory(), { collections: { users: { schema: schema as z.ZodType } } });
      const { components } = await descriptionOf(anon);
      assert.deepEqual(Object.keys(components.schemas ?? {})[0], "Record");
      assert.equal(components.schemas?.Record?.type, "object");
    }
  });

  it("allows the requests and responses of an account's life, with schemas of several collections", async () => {
    const { anon, send } = startApi({
      collections: { users: {}, customers: { schema: customers } },
      limits: { signUpsPerAddress: false },
    });
    const check = describedBy(await descriptionOf(anon));
    const seen = new Set<string | null>();
    const call = async (
      method: string,
      path: string,
      { body, token }: { body?: object; token?: string } = {},
    ): Promise<Schema> => {
      const options = { ...(body && { body }), ...(token !== undefined && { token }) };
      const { status, body: received } = await send(method, path, options);
      const exchange = {
        method,
        path: `/api/collections/${path}`,
        status,
        sent: body,
        received: received ?? undefined,
      };
      seen.add(check(exchange));
      return { status, ...received };
    };
    const { token, record } = await call("POST", "customers/auth-anonymously", { body: { plan: "free" } });
    assert.deepEqual(record.cart, []);
    assert.equal((await call("POST", "customers/auth-anonymously", { body: { plan: "none" } })).status, 400);
    await call("PATCH", `customers/records/${record.id}`, { body: { plan: "paid" }, token });
    await call("GET", "users/me", { token });
    await call("GET", "users/me");
    await call("GET", "customers/export", { token });
    await call("GET", "customers/sessions", { token });
    await call("POST", "customers/transfer-code", { token });
    const secret = { password: PASSWORD, passwordConfirm: PASSWORD };
    const converted = await call("POST", "customers/convert", {
      body: { ...secret, email: "ada@example.com", username: "ada" },
      token,
    });
    await call("POST", "customers/auth-with-password", { body: { identity: "ada", password: PASSWORD } });
    await call("POST", "users/records", { body: { ...secret, email: "bob@example.com", any: "field" } });
    await call("DELETE", `customers/records/${record.id}`, { token: converted.token });
    assert.equal(seen.size, 10);
  });
});
