/** Where the examples listen: http://localhost:3000, or what `HOST`, `PORT`, `TLS_CERT` and `TLS_KEY` say. */
import { serve } from "srvx";

/** Serves a `fetch` function on Node, Bun and Deno, over https when there are a certificate and its key. */
export function listen(fetch: (request: Request) => Response | Promise<Response>): void {
  const { HOST = "localhost", PORT = "3000", TLS_CERT, TLS_KEY } = process.env;
  serve({
    fetch,
    hostname: HOST,
    port: PORT,
    tls: TLS_CERT && TLS_KEY ? { cert: TLS_CERT, key: TLS_KEY } : undefined,
  });
}
