/** A Worker with accounts in D1: the conformance suite, and one SDK for all requests of an isolate. */
import { type Anon, createAnon } from "../../sdk/index.ts";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import type { D1 } from "../../storage-drivers/sql/handles/d1.ts";
import sql from "../../storage-drivers/sql/index.ts";
import { driverConformance } from "../../storage-drivers/testing/index.ts";

type D1Statement = ReturnType<D1["prepare"]>;

interface Env {
  DB: D1 & { withSession(): object };
  KEYS: number;
  /** How long each call of D1 takes in addition, in milliseconds. */
  DELAY: number;
  CAP: number;
}

/** The calls of D1. */
let batches = 0;
/** Whether a write never ends. */
let areWritesStuck = false;
/** Recipients. */
const mails: string[] = [];
let storage: AtomicDriver;
let anon: Anon | undefined;

/** Each case has tables of its own. */
function conformance(name: string, { DB, KEYS }: Env): Promise<void> {
  const cases = driverConformance({ open: () => open(), reopen: () => open(), keys: KEYS });
  const at = cases.findIndex((one) => one.name === name);
  const open = (): AtomicDriver => sql({ client: DB, table: `case_${at}`, timeout: 60_000 });
  return (cases[at] as { run(): Promise<void> }).run();
}

/** Counts the calls, and makes them take longer. */
function observed({ DB, DELAY }: Env): D1 {
  const writes = new WeakSet<object>();
  return {
    prepare(text) {
      const bind: D1Statement["bind"] = (...values) => {
        const statement = DB.prepare(text).bind(...values);
        if (!text.startsWith("SELECT")) writes.add(statement);
        return statement;
      };
      return { bind };
    },
    exec: (text) => DB.exec(text),
    async batch(statements) {
      batches++;
      if (areWritesStuck && statements.some((one) => writes.has(one))) await new Promise(() => undefined);
      if (DELAY > 0) await new Promise((resolve) => setTimeout(resolve, DELAY));
      return DB.batch(statements);
    },
  };
}

async function call(request: Request, env: Env, execution: object): Promise<unknown> {
  const { pathname, searchParams } = new URL(request.url);
  const parameter = (name: string): string => searchParams.get(name) ?? "";
  const many = Array.from({ length: Number(parameter("count")) }, (_, at) => `${parameter("key")}-${at}`);
  if (!anon) {
    storage = sql({ client: observed(env) });
    anon = createAnon({
      storage,
      secret: "a secret of at least 32 characters!",
      maxAnonymous: env.CAP,
      sendMail: ({ to }) => mails.push(to),
    });
  }
  if (anon.isApiRequest(request)) return await anon.handler(request, execution);
  const before = batches;
  switch (pathname) {
    case "/conformance":
      return await conformance(parameter("name"), env);
    case "/sign-in":
      return (await anon.signInAnonymously({ idempotencyKey: parameter("key") || undefined })).token;
    case "/authenticate":
      return (await anon.authenticate(parameter("token")))?.record.id ?? null;
    case "/convert":
      return (
        await anon.convertWithIdentity(parameter("token"), {
          provider: "test",
          subject: parameter("key"),
          email: "ada@example.com",
          emailVerified: true,
        })
      ).record.email;
    case "/stuck":
      areWritesStuck = parameter("writes") === "yes";
      return null;
    case "/mails":
      return mails;
    case "/swap":
      return await storage.swap(parameter("key"), null, parameter("value"));
    case "/many":
      await storage.read("");
      return {
        swapped: await Promise.all(many.map((key) => storage.swap(key, null, "value"))),
        read: await Promise.all(many.map((key) => storage.read(key))),
        batches: batches - before,
      };
    case "/large":
      return await storage.swap("large", null, "v".repeat(3_000_000));
    case "/foreign":
      await env.DB.exec("CREATE TABLE foreign_accounts (id INTEGER)");
      return await sql({ client: env.DB, table: "foreign_accounts" }).read("key");
    case "/session":
      return await sql({ client: env.DB.withSession() as D1 }).read("key");
    default:
      return null;
  }
}

export default {
  fetch: (request: Request, env: Env, execution: object): Promise<Response> =>
    call(request, env, execution).then(
      (value) => (value instanceof Response ? value : Response.json(value ?? null)),
      ({ name, code, message }) => Response.json({ name, code, message }, { status: 500 }),
    ),
};
