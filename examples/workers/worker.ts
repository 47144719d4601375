/** A Worker with a counter for each account, in D1, or without that binding in the memory of its isolate. */
import { type Anon, AnonError, createAnon, type RequestContext } from "anon-accounts";
import memory from "anon-accounts/drivers/memory";
import sql from "anon-accounts/drivers/sql";
import { anonymous } from "anon-accounts/fetch";
import css from "../shared/style.css";
import own from "./counter.css";
import { type Counts, countsInD1, countsInMemory, type D1 } from "./counts.ts";
import { page } from "./page.ts";

interface Env {
  ANON_SECRET: string;
  DB?: D1;
}

interface App {
  anon: Anon;
  counts: Counts;
  serve: ReturnType<typeof anonymous>;
}

const HEADERS = {
  "Cache-Control": "private, no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "Content-Type": "text/html; charset=utf-8",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

let app: App | undefined;

export default {
  fetch(request: Request, env: Env, execution: object): Promise<Response> {
    return start(env).serve(request, env, execution);
  },

  /** A Cron Trigger: deletes the guests that were inactive for 30 days, and their counts. */
  async scheduled(_event: object, env: Env): Promise<void> {
    const { anon, counts } = start(env);
    const { deleted } = await anon.admin.gc({ olderThan: "30d" });
    if (deleted > 0) await counts.sweep();
  },
};

/** Bindings come with a request, so the first one creates the SDK, which serves the later ones too. */
function start({ ANON_SECRET, DB }: Env): App {
  if (app) return app;
  const anon = createAnon({
    storage: DB ? sql({ client: DB }) : memory(),
    secret: ANON_SECRET,
    // in Workers the client's address is only in this header, which clients cannot set
    trustedProxy: { header: "cf-connecting-ip" },
  });
  const counts = DB ? countsInD1(DB) : countsInMemory();
  app = { anon, counts, serve: anonymous(anon, (request, context) => respond(request, context, counts)) };
  return app;
}

/** `context` has the functions of `anon-accounts/context`, passed as an argument. */
async function respond(request: Request, context: RequestContext, counts: Counts): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method === "POST") return post(request, context, counts, pathname);
  if (pathname === "/style.css") {
    return new Response(`${css}\n${own}`, { headers: { "Content-Type": "text/css; charset=utf-8" } });
  }
  return pathname === "/" ? show(context, counts) : new Response("Not found\n", { status: 404 });
}

async function post(request: Request, context: RequestContext, counts: Counts, pathname: string): Promise<Response> {
  if (!isOwnPage(request)) return new Response("This form belongs to another site\n", { status: 403 });
  const form = await request.formData().catch(() => new FormData());
  const [email, password, key] = ["email", "password", "key"].map((name) => String(form.get(name) ?? ""));
  try {
    if (pathname === "/count") {
      const { record } = await context.signInAnonymously({ idempotencyKey: key });
      await counts.countOne(record.id);
    } else if (pathname === "/convert") await context.convert({ email: email ?? "", password: password ?? "" });
    else if (pathname === "/sign-in") await context.signInWithPassword(email ?? "", password ?? "");
    else if (pathname === "/sign-out") await context.signOut();
    else return new Response("Not found\n", { status: 404 });
  } catch (error) {
    if (!(error instanceof AnonError) || error.status >= 500) throw error;
    return show(context, counts, { path: pathname, error, email });
  }
  // a redirect, so that reloading and going back repeat nothing
  return new Response(null, { status: 303, headers: { Location: "/" } });
}

async function show(
  context: RequestContext,
  counts: Counts,
  refused?: { path: string; error: AnonError; email?: string },
): Promise<Response> {
  const visitor = await context.auth();
  const count = visitor ? await counts.of(visitor.record.id) : 0;
  const text = await page({ record: visitor?.record ?? null, count, key: crypto.randomUUID(), refused });
  return new Response(text.toString(), { status: refused?.error.status ?? 200, headers: HEADERS });
}

/** A form of another site is sent without the cookie, but could still sign the visitor in to another account. */
function isOwnPage(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  return request.headers.get("origin") === new URL(request.url).origin;
}
