/** Try before you buy: whoever writes a note has an account, and keeps it by adding an email and a password. */
import { readFileSync } from "node:fs";
import { auth, convert, signInAnonymously, signInWithPassword, signOut } from "anon-accounts/context";
import { anonymous } from "anon-accounts/hono";
import { type Context, Hono } from "hono";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { listen } from "../shared/listen.ts";
import { anon } from "./accounts.ts";
import { problemOf, saidBy } from "./messages.ts";
import { addNote, moveNotes, notesOf, removeNote, removeNotesOf } from "./notes.ts";
import { homePage, keepPage, problemPage, signInPage } from "./pages.ts";

const css = ["../shared/style.css", "notes.css"].map((name) => readFileSync(new URL(name, import.meta.url), "utf8"));

const app = new Hono();

app.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["data:"],
      formAction: ["'self'"],
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
  // after signing out, the button for going back must not show somebody's notes
  c.header("Cache-Control", "private, no-store");
});
app.use(anonymous(anon));

app.get("/", (c) => home(c));
app.get("/keep", async (c) => {
  const visitor = await auth();
  return visitor?.record.anonymous ? c.html(keepPage()) : c.redirect("/", 303);
});
app.get("/sign-in", async (c) => c.html(signInPage(await auth())));

app.post("/notes", async (c) => {
  const { text, key } = await fields(c, "text", "key");
  if (text.trim() === "") return home(c, { problem: { field: "text", status: 400, text: "Write something first." } });
  try {
    // Whoever is signed in stays who they are. The key makes one visitor of two clicks that come at the same time.
    const { record } = await signInAnonymously({ idempotencyKey: key });
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
    if ((await auth())?.record.anonymous === false) return c.redirect("/?said=registered", 303); // in another tab
    const problem = problemOf(error);
    return c.html(keepPage({ email, problem }), problem.status);
  }
  return c.redirect("/?said=kept", 303);
});

app.post("/sign-in", async (c) => {
  const { email, password } = await fields(c, "email", "password");
  const before = await auth();
  try {
    const { record } = await signInWithPassword(email, password);
    if (!before?.record.anonymous) return c.redirect("/?said=back", 303);
    // a guest who turns out to have an account: their notes move there, and nobody needs the guest any more
    const moved = await moveNotes(before.record.id, record.id);
    // unless it was kept meanwhile, in another tab
    await anon.delete({ id: before.record.id }, { onlyAnonymous: true });
    return c.redirect(moved > 0 ? "/?said=moved" : "/?said=back", 303);
  } catch (error) {
    const problem = problemOf(error);
    return c.html(signInPage(before, { email, problem }), problem.status);
  }
});

app.post("/sign-out", async (c) => {
  await signOut();
  return c.redirect("/?said=out", 303);
});

app.post("/discard", async (c) => {
  const visitor = await auth();
  if (!visitor?.record.anonymous) return c.redirect("/", 303);
  await removeNotesOf(visitor.record.id);
  await anon.delete({ id: visitor.record.id }, { onlyAnonymous: true });
  await signOut();
  return c.redirect("/?said=discarded", 303);
});

app.notFound((c) => c.html(problemPage("There is no such page."), 404));
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  return c.html(problemPage("Something went wrong. Please try again."), 500);
});

async function home(c: Context, options: Partial<Parameters<typeof homePage>[0]> = {}): Promise<Response> {
  const visitor = await auth();
  const notes = visitor ? await notesOf(visitor.record.id) : [];
  const page = homePage({ visitor, notes, key: crypto.randomUUID(), said: saidBy(c.req.query("said")), ...options });
  return c.html(page, options.problem?.status ?? 200);
}

async function fields<Name extends string>(c: Context, ...names: Name[]): Promise<Record<Name, string>> {
  const form = await c.req.formData().catch(() => {
    throw new HTTPException(400, { message: "This is no form, or too long" });
  });
  return Object.fromEntries(names.map((name) => [name, String(form.get(name) ?? "")])) as Record<Name, string>;
}

await listen((request) => app.fetch(request));
