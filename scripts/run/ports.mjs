// Free ports of the loopback interface, and waiting for what listens there.
import { createServer } from "node:net";

/** A free port; with `bus` below 55536, and with the port 10,000 above it free too. */
export async function freePort(bus = false) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const wanted = bus ? 20_000 + Math.floor(Math.random() * 12_000) : 0;
    const port = await probe(wanted);
    if (port !== null && (!bus || (await probe(port + 10_000)) !== null)) return port;
  }
  throw new Error("Cannot find a free port on 127.0.0.1");
}

function probe(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}

/** Waits for at most 20 seconds until `ready` returns true; rejects if it rejects. */
export async function until(ready, what) {
  const deadline = Date.now() + 20_000;
  while (!(await ready())) {
    if (Date.now() > deadline) throw new Error(`Timed out after 20 s waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
