/** The headers of a response that is written piece by piece. */
import type { ServerResponse } from "node:http";
import type { RequestContext } from "../http/types.ts";

const OURS = ["set-cookie", "vary", "cache-control"] as const;

/** Adds what a request's context has to say when the head of its response is written, and not before. */
export function headersOf(res: ServerResponse, context: RequestContext): void {
  const writeHead = res.writeHead;
  res.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    res.writeHead = writeHead;
    // headers that are handed to writeHead count as set before
    const last = args.at(-1);
    if (typeof last === "object" && last !== null && !Array.isArray(last)) {
      for (const [name, value] of Object.entries(last)) if (value !== undefined) res.setHeader(name, value);
      args.pop();
    }
    const present = new Headers();
    for (const name of OURS)
      for (const value of [res.getHeader(name) ?? []].flat()) present.append(name, String(value));
    const { headers } = context.respond(new Response(null, { headers: present }));
    for (const name of OURS) {
      const values = name === "set-cookie" ? headers.getSetCookie() : [headers.get(name) ?? []].flat();
      if (values.length > 0) res.setHeader(name, name === "set-cookie" ? values : values.join(", "));
    }
    return writeHead.apply(res, args as Parameters<typeof writeHead>);
  } as typeof res.writeHead;
}
