/** The HTTP API and a request that authenticates by cookie, against the same server without them. */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sendRequests } from "../connections.ts";
import { against, type Bench, interleave, type Row } from "../measure.ts";

const SERVER = fileURLToPath(new URL("../http-server.ts", import.meta.url));
const WIDTH = 64;

export async function http(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(50_000);
  const server = spawn(process.execPath, [SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const { value: line } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next();
    const { port, token } = JSON.parse(line as string) as { port: number; token: string };
    const head = "Host: shop.example\r\n";
    const post = (path: string) =>
      `POST ${path} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${head}Cookie: __Host-anon=${token}\r\n\r\n`;
    const contender = (name: string, request: string) => ({
      name,
      run: () => sendRequests(port, count, WIDTH, request),
    });
    const signIn = await interleave(
      [
        contender("auth-anonymously", post("/api/collections/users/auth-anonymously")),
        contender("a constant JSON", post("/constant")),
      ],
      bench.rounds(7),
    );
    const cookie = await interleave(
      [contender("by cookie", get("/me")), contender("without", get("/plain"))],
      bench.rounds(7),
    );
    return [
      {
        name: "POST auth-anonymously, memory, Bun.serve, 64 connections",
        better: "higher",
        floor: 0.5,
        goal: 0.5,
        ...against(signIn),
      },
      {
        name: "a request that authenticates by cookie, memory, Bun.serve, 64 connections",
        better: "higher",
        floor: 0.6,
        goal: 0.6,
        ...against(cookie),
      },
    ];
  } finally {
    server.stdin.end();
  }
}
