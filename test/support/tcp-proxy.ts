/** A proxy between a client and a server, which loses replies or leads elsewhere on demand. */
import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Where new connections lead. */
  target: number;
  /** What happens to the data of the server: `hang up` ends the connection instead of passing it on, `drop` loses it. */
  replies: "pass" | "hang up" | "drop";
  /** How many connections were accepted. */
  readonly accepted: number;
  /** How often clients sent this text. */
  sent(text: string): number;
  close(): Promise<void>;
}

export async function startProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const received: Buffer[][] = [];
  const server = createServer((client) => {
    const chunks: Buffer[] = [];
    received.push(chunks);
    const upstream = connect(proxy.target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (data: Buffer) => {
      chunks.push(data);
      upstream.write(data);
    });
    upstream.on("data", (data: Buffer) => {
      if (proxy.replies === "pass") client.write(data);
      if (proxy.replies === "hang up") client.destroy();
    });
    client.on("close", () => upstream.end());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // a test that fails does not close it, and its process would not end
  server.unref();
  const proxy = {
    port: (server.address() as { port: number }).port,
    target,
    replies: "pass" as TcpProxy["replies"],
    get accepted() {
      return received.length;
    },
    sent: (text: string) =>
      received.reduce((sum, chunks) => sum + Buffer.concat(chunks).toString("latin1").split(text).length - 1, 0),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
