/** Sign in with OpenID Connect: whoever puts a book on the list is a guest, and keeps the list by saying who they are. */
import { readFileSync } from "node:fs";
import { AnonError } from "anon-accounts";
import { auth, convert, exportAccount, signInAnonymously, signOut } from "anon-accounts/context";
import { anonymous } from "anon-accounts/fetch";
import { type Context, Hono } from "hono";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { fields } from "../shared/forms.ts";
import { listen } from "../shared/listen.ts";
import { isLoopback } from "../shared/origin.ts";
import { signInAndMerge } from "../shared/sign-in.ts";
import { anon } from "./accounts.ts";
import { addBook, booksOf } from "./books.ts";
import { bringOf, found } from "./bring.ts";
import { begun, CALLBACK, callbackOf } from "./callback.ts";
import { said } from "./go.ts";
import { type HomeView, homePage } from "./home-page.ts";
import { problemPage } from "./layout.ts";
import { unlink } from "./link.ts";
import { problemOf, saidBy, wrongBy } from "./messages.ts";
import { openProvider } from "./providers.ts";
import { registerPage, signInPage } from "./sign-in-pages.ts";

const css = ["../shared/style.css", "list.css"].map((name) => readFileSync(new URL(name, import.meta.url), "utf8"));

const provider = await openProvider();
const { label } = provider;
const issuer = new URL(provider.issuer);

const app = new Hono();

app.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["data:"],
      // browsers ask it of where a form redirects to as well: the provider, which elsewhere may go on to others
      formAction: ["'self'", isLoopback(issuer) ? issuer.origin : "https:"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "same-origin", // with none at all, browsers would not name the origin of a form either
    strictTransportSecurity: false, // is remembered for all of localhost, whatever runs there next
  }),
);
app.get("/style.css", (c) => c.body(css.join("\n"), 200, { "Content-Type": "text/css; charset=utf-8" }));

app.use(csrf());
app.use(async (c, next) => {
  await next();
  // after signing out, the button for going back must not show somebody's list
  c.header("Cache-Control", "private, no-store");
});

app.route("/", callbackOf(provider));
app.route("/", bringOf(provider));
app.post("/unlink", unlink);
app.get("/", (c) => home(c));
app.get("/sign-in", async (c) => c.html(signInPage(await auth(), label)));
app.get("/register", async (c) => {
  const visitor = await auth();
  return visitor?.record.anonymous ? c.html(registerPage(visitor)) : c.redirect("/", 303);
});

app.post("/books", async (c) => {
  const { title, key } = await fields(c, "title", "key");
  const book = title.trim().slice(0, 200);
  if (book === "") return c.redirect("/", 303);
  try {
    // Whoever is signed in stays who they are. The key makes one visitor of two clicks that come at the same time.
    const { record } = await signInAnonymously({ idempotencyKey: key });
    await addBook(record, book);
  } catch (error) {
    return home(c, { title: book, problem: problemOf(error) });
  }
  return c.redirect("/", 303);
});

app.post("/register", async (c) => {
  const { email, password } = await fields(c, "email", "password");
  try {
    await convert({ email, password });
    return said(c, "kept");
  } catch (error) {
    const problem = problemOf(error);
    const visitor = await auth();
    // the address is somebody's, and most likely theirs
    const isTaken = error instanceof AnonError && error.code === "email_taken";
    const page = isTaken ? signInPage(visitor, label, { email, problem }) : registerPage(visitor, { email, problem });
    return c.html(page, problem.status);
  }
});

app.post("/sign-in", async (c) => {
  const { email, password } = await fields(c, "email", "password");
  const before = await auth();
  try {
    const { merged } = await signInAndMerge(email, password);
    return said(c, merged ? "together" : "back");
  } catch (error) {
    const problem = problemOf(error);
    return c.html(signInPage(before, label, { email, problem }), problem.status);
  }
});

app.post("/sign-out", async (c) => {
  await signOut();
  // what they have proved here is not for whoever comes next
  begun.take(c);
  found.take(c);
  return said(c, "out");
});

app.notFound((c) => c.html(problemPage("There is no such page."), 404));
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  return c.html(problemPage("Something went wrong. Please try again."), 500);
});

async function home(c: Context, options: Partial<HomeView> = {}): Promise<Response> {
  const visitor = await auth();
  const books = visitor ? booksOf(visitor.record) : [];
  const identities = visitor ? (await exportAccount()).identities : [];
  const [happened, wrong] = [saidBy(c.req.query("said")), wrongBy(c.req.query("wrong"))];
  const key = crypto.randomUUID();
  const page = homePage({ visitor, books, key, label, identities, said: happened, wrong, ...options });
  return c.html(page, options.problem?.status ?? 200);
}

/** Inside of this, the functions of `anon-accounts/context` know who a request comes from. */
const pages = anonymous(anon, (request) => app.fetch(request));

await listen(pages, ({ protocol, host, port }) => {
  // the same server, by whatever name of this machine it is asked for
  const hosts = new Set([host, ...["localhost", "127.0.0.1"].map((name) => (port ? `${name}:${port}` : name))]);
  provider.register?.([...hosts].map((one) => `${protocol}//${one}${CALLBACK}`));
});
