/** The HTTP API and a request that authenticates by cookie, against the same server without them. */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sendRequests } from "../connections.ts";
import { against, type Bench, interleave, type Measured, type Row } from "../measure.ts";

const SERVER = fileURLToPath(new URL("../http-server.ts", import.meta.url));
const WIDTH = 64;
const HEAD = "Host: shop.example\r\n";

/** Floors and goals of the two rows of one server. */
interface Bounds {
  signIn: [floor: number, goal: number];
  cookie: [floor: number, goal: number];
}

export function httpBun(bench: Bench): Promise<Row[]> {
  return rows(bench, process.execPath, "Bun.serve", { signIn: [0.5, 0.6], cookie: [0.6, 0.7] });
}

export function httpNode(bench: Bench): Promise<Row[]> {
  return rows(bench, bench.node, "node:http", { signIn: [0.35, 0.5], cookie: [0.5, 0.7] });
}

async function rows(bench: Bench, runtime: string, kind: string, bounds: Bounds): Promise<Row[]> {
  const post = (path: string) => () =>
    `POST ${path} HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
  const get = (path: string) => (token: string) =>
    `GET ${path} HTTP/1.1\r\n${HEAD}Cookie: __Host-anon=${token}\r\n\r\n`;
  const signIn = await compare(bench, runtime, {
    "auth-anonymously": post("/api/collections/users/auth-anonymously"),
    "a constant JSON": post("/constant"),
  });
  const cookie = await compare(bench, runtime, { "by cookie": get("/me"), without: get("/plain") });
  const row = (name: string, [floor, goal]: [number, number], measured: Measured[]): Row => ({
    ...{ name: `${name}, memory, ${kind}, ${WIDTH} connections`, better: "higher", floor, goal },
    ...against(measured),
  });
  return [
    row("POST auth-anonymously", bounds.signIn, signIn),
    row("a request that authenticates by cookie", bounds.cookie, cookie),
  ];
}

/** Each row has a server of its own, because the accounts that one makes would be in the heap of the next. */
async function compare(
  bench: Bench,
  runtime: string,
  requests: Record<string, (token: string) => string>,
): Promise<Measured[]> {
  const count = bench.accounts(50_000);
  const server = spawn(runtime, [SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const { value: line } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next();
    const { port, token } = JSON.parse(line as string) as { port: number; token: string };
    const contenders = Object.entries(requests).map(([name, request]) => ({
      name,
      run: () => sendRequests(port, count, WIDTH, request(token)),
    }));
    return await interleave(contenders, bench.rounds(7));
  } finally {
    server.stdin.end();
  }
}
