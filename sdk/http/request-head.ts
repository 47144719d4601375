/** What is read of a request before its body. */
import type { CookieStore, HeaderReader, VisitorSource } from "../contract/visitor.ts";

/** The head of a request, whichever kind of request the server has. */
export interface RequestHead {
  readonly url: string;
  readonly headers: HeaderReader;
  /** The cookies, if the framework has parsed them; otherwise they are in the header. */
  readonly cookies?: CookieStore | undefined;
}

/** Of a `Request`. A copy, because the requests of some servers have `cookies` of another kind. */
export function headOf({ url, headers }: Request): RequestHead {
  return { url, headers };
}

/** Of a source, which may be without a URL. */
export function headOfSource(source: VisitorSource): RequestHead {
  const { url, headers, cookies } = source;
  return { url: url ?? urlFrom(headers), headers, cookies };
}

/** Only the origin: nothing reads the path of a source. */
export function urlFrom(headers: HeaderReader): string {
  const isTls = /^https\b/i.test(headers.get("x-forwarded-proto") ?? "");
  return `${isTls ? "https" : "http"}://${headers.get("host") || UNKNOWN_HOST}/`;
}

/** The host of a request that names none. It is not this machine, so the cookie is secure. */
export const UNKNOWN_HOST = "unknown.invalid";
