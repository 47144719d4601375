/** Try before you buy: the first note creates a guest, and adding an email and a password keeps the notes. */
import { readFileSync } from "node:fs";
import { AnonError } from "anon-accounts";
import { auth, authorize, convert, listSessions, signInAnonymously, signOut } from "anon-accounts/context";
import { anonymous } from "anon-accounts/hono";
import { type Context, Hono } from "hono";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { fields } from "../shared/forms.ts";
import { listen } from "../shared/listen.ts";
import { signInAndMerge } from "../shared/sign-in.ts";
import { anon } from "./accounts.ts";
import { devices, ENTER } from "./devices.ts";
import { detectKeptElsewhere } from "./elsewhere.ts";
import { noticeOf, problemOf, SIGNED_OUT_ELSEWHERE } from "./messages.ts";
import { addNote, GUEST_NOTE_LIMIT, hasNote, notesOf, removeNote, removeNotesOf } from "./notes.ts";
import { homePage, keepPage, problemPage, signInPage } from "./pages.ts";

const css = ["../shared/style.css", "notes.css"].map((name) => readFileSync(new URL(name, import.meta.url), "utf8"));

const app = new Hono();

app.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: [(c) => (c.req.path === ENTER ? "'self'" : "'none'")],
      imgSrc: ["data:"],
      formAction: ["'self'"],
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
  // after signing out, the back button must not show the notes
  c.header("Cache-Control", "private, no-store");
});
app.use(anonymous(anon));

/** Explains why this browser was signed out, if it was on another device. Requests with input are handled first. */
app.use(async (c, next) => {
  const hasInput = c.req.method === "POST" && ["/notes", "/sign-in", ENTER].includes(c.req.path);
  if (!hasInput && c.req.path !== "/sign-in" && (await detectKeptElsewhere(c)))
    return c.redirect("/sign-in?notice=elsewhere", 303);
  return next();
});

app.route("/", devices);
app.get("/", (c) => home(c));
app.get("/keep", async (c) => {
  const visitor = await auth();
  return visitor?.record.anonymous
    ? c.html(keepPage({ devices: (await listSessions()).length }))
    : c.redirect("/", 303);
});
app.get("/sign-in", async (c) => c.html(signInPage(await auth(), { notice: noticeOf(c.req.query("notice")) })));

app.post("/notes", async (c) => {
  const { text, key } = await fields(c, "text", "key");
  if (text.trim() === "") return home(c, { problem: { field: "text", status: 400, text: "Write something first." } });
  if (await detectKeptElsewhere(c)) return home(c, { draft: text, problem: SIGNED_OUT_ELSEWHERE });
  try {
    // Returns the current account if the visitor is signed in. The key makes a double click create only one guest.
    const { record } = await signInAnonymously({ idempotencyKey: key });
    const isFull = (await notesOf(record.id)).length >= GUEST_NOTE_LIMIT;
    if (isFull && !(await hasNote(record.id, key, text.trim()))) await authorize("notes:unlimited");
    await addNote(record.id, key, text.trim());
  } catch (error) {
    return home(c, { draft: text, problem: problemOf(error) });
  }
  return c.redirect("/", 303);
});

app.post("/notes/:id/delete", async (c) => {
  const visitor = await auth();
  if (visitor) await removeNote(visitor.record.id, c.req.param("id"));
  return c.redirect("/", 303);
});

app.post("/keep", async (c) => {
  const { email, password } = await fields(c, "email", "password");
  try {
    await convert({ email, password });
  } catch (error) {
    if ((await auth())?.record.anonymous === false) return c.redirect("/?notice=registered", 303); // in another tab
    const problem = problemOf(error);
    // the account with this email is most likely the visitor's
    const taken = error instanceof AnonError && error.code === "email_taken";
    const page = taken ? signInPage(await auth(), { email, problem, taken }) : keepPage({ email, problem });
    return c.html(page, problem.status);
  }
  return c.redirect("/?notice=kept", 303);
});

app.post("/sign-in", async (c) => {
  const { email, password } = await fields(c, "email", "password");
  const before = await auth();
  try {
    const brings = before?.record.anonymous === true && (await notesOf(before.record.id)).length > 0;
    // merges a guest into the account: the hook in accounts.ts moves the notes
    const { merged } = await signInAndMerge(email, password);
    return c.redirect(merged && brings ? "/?notice=moved" : "/?notice=back", 303);
  } catch (error) {
    const problem = problemOf(error);
    return c.html(signInPage(before, { email, problem }), problem.status);
  }
});

app.post("/sign-out", async (c) => {
  await signOut();
  return c.redirect("/?notice=out", 303);
});

app.post("/discard", async (c) => {
  const visitor = await auth();
  if (!visitor?.record.anonymous) return c.redirect("/", 303);
  await removeNotesOf(visitor.record.id);
  await anon.admin.delete({ id: visitor.record.id }, { onlyAnonymous: true });
  await signOut();
  return c.redirect("/?notice=discarded", 303);
});

app.notFound((c) => c.html(problemPage("This page does not exist."), 404));
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  return c.html(problemPage("Something went wrong. Please try again."), 500);
});

async function home(c: Context, options: Partial<Parameters<typeof homePage>[0]> = {}): Promise<Response> {
  const visitor = await auth();
  const notes = visitor ? await notesOf(visitor.record.id) : [];
  const devices = visitor ? (await listSessions()).length : 0;
  const notice = noticeOf(c.req.query("notice"));
  const page = homePage({ visitor, notes, devices, key: crypto.randomUUID(), notice, ...options });
  return c.html(page, options.problem?.status ?? 200);
}

await listen((request) => app.fetch(request));
