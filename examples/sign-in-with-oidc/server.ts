/** Sign in with OpenID Connect: the first book creates a guest, and signing in with a provider keeps the list. */
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
import { bringOf, pendingChoices } from "./bring.ts";
import { CALLBACK, callbackOf, pendingSignIns } from "./callback.ts";
import { type HomeView, homePage } from "./home-page.ts";
import { problemPage } from "./layout.ts";
import { unlink } from "./link.ts";
import { failureOf, noticeOf, problemOf } from "./messages.ts";
import { openProvider } from "./providers.ts";
import { succeed } from "./results.ts";
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
      // also applies to redirects after a form: to the provider, which may redirect to other hosts
      formAction: ["'self'", isLoopback(issuer) ? issuer.origin : "https:"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "same-origin", // without a referrer, browsers would not send the origin of a form either
    strictTransportSecurity: false, // would apply to everything on localhost
  }),
);
app.get("/style.css", (c) => c.body(css.join("\n"), 200, { "Content-Type": "text/css; charset=utf-8" }));

app.use(csrf());
app.use(async (c, next) => {
  await next();
  // after signing out, the back button must not show the list
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
    // Returns the current account if the visitor is signed in. The key makes a double click create only one guest.
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
    return succeed(c, "kept");
  } catch (error) {
    const problem = problemOf(error);
    const visitor = await auth();
    // the account with this email is most likely the visitor's
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
    return succeed(c, merged ? "together" : "back");
  } catch (error) {
    const problem = problemOf(error);
    return c.html(signInPage(before, label, { email, problem }), problem.status);
  }
});

app.post("/sign-out", async (c) => {
  await signOut();
  // the next person at this browser must not use what this one has proved
  pendingSignIns.take(c);
  pendingChoices.take(c);
  return succeed(c, "out");
});

app.notFound((c) => c.html(problemPage("This page does not exist."), 404));
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  return c.html(problemPage("Something went wrong. Please try again."), 500);
});

async function home(c: Context, options: Partial<HomeView> = {}): Promise<Response> {
  const visitor = await auth();
  const books = visitor ? booksOf(visitor.record) : [];
  const identities = visitor ? (await exportAccount()).identities : [];
  const [notice, failure] = [noticeOf(c.req.query("notice")), failureOf(c.req.query("error"))];
  const key = crypto.randomUUID();
  const page = homePage({ visitor, books, key, label, identities, notice, failure, ...options });
  return c.html(page, options.problem?.status ?? 200);
}

/** Inside `anonymous`, the functions of `anon-accounts/context` find the request's account. */
const pages = anonymous(anon, (request) => app.fetch(request));

await listen(pages, ({ protocol, host, port }) => {
  // all names of this machine
  const hosts = new Set([host, ...["localhost", "127.0.0.1"].map((name) => (port ? `${name}:${port}` : name))]);
  provider.register?.([...hosts].map((one) => `${protocol}//${one}${CALLBACK}`));
});
