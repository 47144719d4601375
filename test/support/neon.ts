/**
 * Neon's protocols over any PostgreSQL: SQL as HTTP requests, and the protocol of PostgreSQL in a WebSocket. Clients find it by
 * `neonConfig`.
 */
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { WebSocketServer } from "ws";

interface Query {
  query: string;
  params: string[];
}

/** Starts the server for a database, and points `neonConfig` to it. */
export async function startNeon(url: string): Promise<{ stop(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url });
  const sockets = new Set<Socket>();

  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    try {
      response.end(JSON.stringify(await run(pool, JSON.parse(Buffer.concat(chunks).toString()) as Query)));
    } catch (error) {
      const { message, code, severity, detail } = error as pg.DatabaseError;
      response.writeHead(400).end(JSON.stringify({ message, code, severity, detail }));
    }
  });
  const relay = new WebSocketServer({ server: http });
  const { hostname, port } = new URL(url);
  relay.on("connection", (client) => {
    const socket = connect(Number(port), hostname);
    sockets.add(socket);
    socket.on("data", (data) => client.send(data));
    socket.on("close", () => client.close());
    socket.on("error", () => client.close());
    client.on("message", (data) => socket.write(data as Buffer));
    client.on("close", () => socket.destroy());
  });

  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const at = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  neonConfig.fetchEndpoint = `http://${at}/sql`;
  neonConfig.wsProxy = () => `${at}/v2`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
  return {
    async stop() {
      for (const client of relay.clients) client.terminate();
      for (const socket of sockets) socket.destroy();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await pool.end();
    },
  };
}

/** Values are texts and rows are arrays, as the client asks for by its headers. */
async function run(pool: pg.Pool, { query, params }: Query): Promise<object> {
  const types = { getTypeParser: () => (text: string) => text };
  const { command, rowCount, rows, fields } = await pool.query({
    text: query,
    values: params,
    rowMode: "array",
    types,
  });
  return {
    command,
    rowCount,
    rows,
    fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    rowAsArray: true,
  };
}
