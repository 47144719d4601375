/** One request to the HTTP API. */
import type { ClientIssue } from "./error.ts";
import { AnonClientError } from "./error.ts";
import type { ClientSettings } from "./types.ts";

/** A record as the API sends it. */
export type WireRecord = Record<string, unknown> & { id: string; collectionName: string };

/** What the routes of the client return. */
export interface Answer {
  record?: WireRecord | null;
  token?: string;
  /** Seconds until the session ends. */
  expiresIn?: number;
}

export interface Call {
  method: string;
  /** Below `/collections/`. */
  path: string;
  token?: string | undefined;
  body?: object | undefined;
  idempotencyKey?: string | undefined;
}

// a request that hangs must not keep other tabs waiting for its lock
const TIMEOUT_MS = 30_000;

export async function send(
  { url = "/api", mode, fetch = (target, init) => globalThis.fetch(target, init) }: ClientSettings,
  { method, path, token, body, idempotencyKey }: Call,
): Promise<Answer & Record<string, unknown>> {
  const headers: Record<string, string> = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = token;
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  // a browser sets it itself and ignores this. Elsewhere no page can make the request, and a server with cookies asks for it
  const origin = /^https?:\/\/[^/]+/i.exec(url);
  if (origin) headers.Origin = origin[0];
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/collections/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: mode === "cookie" ? "include" : "omit",
      // React Native has no AbortSignal.timeout
      signal: AbortSignal.timeout?.(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (cause) {
    throw new AnonClientError("network_error", "Cannot reach the server", 0, { cause });
  }
  const { ok, status } = response;
  if (status === 204) return {};
  const wire = parse(text);
  // a proxy or the sign-in page of a network may respond in place of the server
  if (!wire || (!ok && typeof wire.code !== "string")) {
    throw new AnonClientError("unexpected_response", "Something else than the server responded", status);
  }
  if (ok) return wire;
  const { code, message, data } = wire as { code: string; message: string; data: Record<string, ClientIssue> };
  const seconds = response.headers.get("Retry-After");
  throw new AnonClientError(code, message, status, { data, retryAfter: seconds ? Number(seconds) : undefined });
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
