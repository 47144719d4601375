/** A minimal HTTP client: raw connections, each with one request at a time, so that the server dominates the cost. */
import { connect, type Socket } from "node:net";

/** Sends `count` requests over `width` connections, and resolves when every response was read. */
export async function sendRequests(port: number, count: number, width: number, request: string): Promise<number> {
  const bytes = Buffer.from(request);
  let left = count;
  const worker = () =>
    new Promise<void>((resolve, reject) => {
      const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
      let pending = "";
      const next = (): void => {
        if (left-- > 0) socket.write(bytes);
        else socket.end(resolve);
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("data", (data) => {
        pending += data.toString("latin1");
        const head = pending.indexOf("\r\n\r\n");
        if (head < 0) return;
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(pending)?.[1]);
        if (pending.length < head + 4 + length) return;
        if (!pending.startsWith("HTTP/1.1 200")) reject(new Error(`The server responded with ${pending.slice(0, 40)}`));
        pending = "";
        next();
      });
    });
  // A client that sleeps between two responses has to be woken for each, which the server's write pays for: on a virtual
  // machine that takes longer than the rest of a request, and the slower server is charged for it more often.
  let awake = true;
  const stayAwake = (): void => {
    if (awake) setImmediate(stayAwake);
  };
  stayAwake();
  try {
    await Promise.all(Array.from({ length: width }, worker));
  } finally {
    awake = false;
  }
  return count;
}
