/** The server of the examples: http://localhost:3000, or as set by `HOST`, `PORT`, `TLS_CERT` and `TLS_KEY`. */
import { serve } from "srvx";

/**
 * Serves a `fetch` function on Node, Bun and Deno, over https if there are a certificate and its key.
 *
 * @param before Called with the URL before it is printed
 */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  before?: (url: URL) => void,
): Promise<void> {
  const { HOST = "localhost", PORT = "3000", TLS_CERT, TLS_KEY } = process.env;
  const tls = TLS_CERT && TLS_KEY ? { cert: TLS_CERT, key: TLS_KEY } : undefined;
  // ten times the longest form of the examples
  const limits = { maxRequestBodySize: 131_072 };
  // if CI is set, srvx ignores signals by default, and an example with its own signal handlers would not end
  const server = serve({ fetch, hostname: HOST, port: PORT, tls, ...limits, silent: true, gracefulShutdown: true });
  await server.ready();
  // the host as given, not as resolved: localhost and 127.0.0.1 are different sites to a browser
  const { protocol, port } = new URL(server.url ?? "");
  const url = `${protocol}//${HOST}${port && `:${port}`}`;
  before?.(new URL(url));
  console.log(`Listening on ${url}`);
}
