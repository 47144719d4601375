/** Calls of the HTTP API, in this process. */
import assert from "node:assert/strict";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { Platform } from "../../sdk/contract/http.ts";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import memory from "../../storage-drivers/memory.ts";
import { type Clock, setUp } from "./sdk.ts";

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test reads other fields
  body: any;
  headers: Headers;
}

export type Send = (
  method: string,
  path: string,
  options?: { body?: unknown; token?: string; headers?: Record<string, string> },
) => Promise<Reply>;

/** Sends requests to `/api/collections/<path>`, as `curl` would. */
export function sender(anon: Anon, origin = "https://shop.example", platform: Platform = {}): Send {
  return async (method, path, { body, token, headers = {} } = {}) => {
    const sent: Record<string, string> = { ...headers };
    if (token !== undefined) sent.authorization = token;
    if (body !== undefined) sent["content-type"] ??= "application/json";
    const response = await anon.handler(
      new Request(`${origin}/api/collections/${path}`, {
        method,
        headers: sent,
        body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
      }),
      platform,
    );
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text), headers: response.headers };
  };
}

/** An SDK over memory, and its API. */
export function startApi(options: Parameters<typeof setUp>[1] = {}): {
  anon: Anon;
  clock: Clock;
  driver: AtomicDriver;
  send: Send;
} {
  const driver = memory();
  const { anon, clock } = setUp(driver, options);
  return { anon, clock, driver, send: sender(anon) };
}

/** Checks the status and the shape of a refusal. `data` has the expected code of each field. */
export function refusal({ status, body, headers }: Reply, expected: number, data: Record<string, string> = {}): void {
  assert.equal(status, expected, JSON.stringify(body));
  assert.deepEqual(Object.keys(body), ["status", "code", "message", "data"]);
  assert.equal(body.status, expected);
  assert.match(body.code, /^[a-z_]+$/);
  assert.match(body.message, /^[A-Z].*\.$/);
  const codes = Object.entries(body.data as Record<string, { code: string; message: string }>);
  assert.deepEqual(Object.fromEntries(codes.map(([field, { code }]) => [field, code])), data);
  assert.equal(headers.get("cache-control"), "no-store");
}
