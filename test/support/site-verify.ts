/** A server that verifies tokens as the services of captchas document it: a token once, and errors as codes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "./server.ts";

export const SERVICE_SECRET = "the-secret-key-of-the-service";

/** What was sent to it. */
export type Verification = Record<string, string>;

export interface SiteVerifyServer {
  url: string;
  /** Every verification, in order. */
  received: Verification[];
  /** What it does with the next ones, instead of verifying them. Default: nothing special. */
  mode: "normal" | "hang" | "hang in the body" | "garbage" | "empty object" | "array" | "500" | "500 success" | "break";
  stop(): Promise<void>;
}

/** Starts the server. Tokens are JSON of what a success adds to the response, such as `{"hostname":"shop.example"}`. */
export async function startSiteVerify(seenCode = "timeout-or-duplicate"): Promise<SiteVerifyServer> {
  const seen = new Set<string>();
  const received: Verification[] = [];

  function verify({ secret, response = "" }: Verification): object {
    const refused = (code: string): object => ({ success: false, "error-codes": [code] });
    if (secret !== SERVICE_SECRET) return refused("invalid-input-secret");
    let parts: object;
    try {
      parts = JSON.parse(response) as object;
    } catch {
      return refused("invalid-input-response");
    }
    if (seen.has(response)) return refused(seenCode);
    seen.add(response);
    return { success: true, challenge_ts: "2030-01-01T00:00:00Z", "error-codes": [], ...parts };
  }

  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const piece of message.setEncoding("utf8")) text += piece;
    const isForm = message.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    const sent = isForm && message.method === "POST" ? Object.fromEntries(new URLSearchParams(text)) : {};
    received.push(sent);
    const send = (status: number, body: string): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    };
    switch (server.mode) {
      case "normal":
        return send(200, JSON.stringify(verify(sent)));
      case "hang":
        return;
      case "hang in the body":
        response.writeHead(200, { "content-type": "application/json" }).write('{"success":true,');
        return;
      case "garbage":
        return send(200, "<html>success: true</html>");
      case "empty object":
        return send(200, "{}");
      case "array":
        return send(200, "[true]");
      case "500":
        return send(500, "oops");
      case "500 success":
        return send(500, '{"success":true}');
      case "break":
        message.socket.destroy();
    }
  }

  const { url, stop } = await listen((message, response) => void respond(message, response));
  const server: SiteVerifyServer = { url: `${url}/siteverify`, received, mode: "normal", stop };
  return server;
}
