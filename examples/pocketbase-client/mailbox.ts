/**
 * For development only: mail goes to the console and to the page `/mailbox`. Anyone who can read it can reset passwords, so
 * in production sending fails. Replace it with your mail service.
 */
import type { Mail } from "anon-accounts/types";
import { html } from "hono/html";

const MAXIMUM = 50;

const SUBJECTS: Readonly<Record<Mail["type"], string>> = {
  verification: "Verify your email",
  passwordReset: "Set a new password",
  emailChange: "Confirm your new email",
  conversion: "Your code",
};

interface Letter {
  to: string;
  subject: string;
  /** A path of this server. The part after the `#` never reaches a server or its log. */
  link: string;
  sent: Date;
}

const letters: Letter[] = [];

/** The `sendMail` of `createAnon`. */
export function deliver({ type, to, token }: Mail): void {
  if (process.env.NODE_ENV === "production") throw new Error("Cannot send mail: this mailbox is for development only");
  const letter = { to, subject: SUBJECTS[type], link: `/#${type}/${token}`, sent: new Date() };
  letters.unshift(letter);
  letters.length = Math.min(letters.length, MAXIMUM);
  console.log(`\nMail to ${to}: ${letter.subject}\n  ${letter.link}\n`);
}

/** The page with the newest mail first; `null` in production. */
export async function mailboxPage(): Promise<string | null> {
  if (process.env.NODE_ENV === "production") return null;
  const page = await html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Mailbox (development)</title>
    <link rel="icon" href="/icon.svg" />
    <link rel="stylesheet" href="/style.css" />
  </head>
  <body>
    <header class="bar"><a class="brand" href="/">Wire</a><nav><a class="button quiet" href="/">Back to the app</a></nav></header>
    <main>
      <h1>Mailbox</h1>
      <p class="notice warn"><strong>Development only.</strong> All mail is shown here instead of being sent.</p>
      ${letters.length === 0 ? html`<p class="empty">No mail yet.</p>` : ""}
      ${letters.map(
        ({ to, subject, link, sent }) => html`<article class="card letter">
          <h2>${subject}</h2>
          <p class="aside">To ${to} · <time datetime="${sent.toISOString()}">${sent.toISOString().slice(11, 19)}</time></p>
          <a class="button" href="${link}">${subject}</a>
        </article>`,
      )}
    </main>
  </body>
</html>`;
  return page.toString();
}
