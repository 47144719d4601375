/** Where the examples listen: http://localhost:3000, or what `HOST`, `PORT`, `TLS_CERT` and `TLS_KEY` say. */
import { serve } from "srvx";

/**
 * Serves a `fetch` function on Node, Bun and Deno, over https when there are a certificate and its key.
 *
 * @param before What has to know where that is before anybody else is told
 */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  before?: (url: URL) => void,
): Promise<void> {
  const { HOST = "localhost", PORT = "3000", TLS_CERT, TLS_KEY } = process.env;
  const tls = TLS_CERT && TLS_KEY ? { cert: TLS_CERT, key: TLS_KEY } : undefined;
  // no form of the examples is a tenth as long; reading a longer body fails
  const limits = { maxRequestBodySize: 131_072 };
  // where CI is set srvx would leave signals to others, and an example that listens to them itself would not end
  const server = serve({ fetch, hostname: HOST, port: PORT, tls, ...limits, silent: true, gracefulShutdown: true });
  await server.ready();
  // The host as it was given and not as it was resolved: to a browser localhost and 127.0.0.1 are two sites.
  const { protocol, port } = new URL(server.url ?? "");
  const url = `${protocol}//${HOST}${port && `:${port}`}`;
  before?.(new URL(url));
  console.log(`Listening on ${url}`);
}
