/** The pages of the local provider. They load nothing from other origins. */
import type { ServerResponse } from "node:http";
import { html } from "hono/html";
import { people } from "./people.ts";

type Html = ReturnType<typeof html>;

const CSS = `:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { max-width: 24rem; margin: 12vh auto; padding: 0 1.2rem; }
button { display: block; width: 100%; margin: 0.6rem 0; padding: 0.7rem 1rem; border: 1px solid; border-radius: 9px;
  background: none; color: inherit; font: inherit; text-align: left; cursor: pointer; }
small { display: block; opacity: 0.75; }
.quiet { border-color: transparent; text-align: center; }`;

/** The page for signing in and consent. */
export function interactionPage(application: string): Html {
  return page(
    "Who are you?",
    html`<p><strong>${application}</strong> will receive your name and email.</p>
      <form method="post">
        ${people.map(
          ({ id, name, email, verified }) =>
            html`<button name="person" value="${id}">${name}<small>${email}${verified ? "" : ", not verified"}</small></button>`,
        )}
        <button class="quiet" name="cancel" value="yes">Cancel</button>
      </form>`,
  );
}

export function problemPage(text: string): Html {
  return page(text, html`<p>Please go back to the application, and start again.</p>`);
}

function page(title: string, main: Html): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title} · Loopback ID</title>
    <link rel="icon" href="data:," />
    <style>${CSS}</style>
  </head>
  <body>
    <p>Loopback ID</p>
    <h1>${title}</h1>
    ${main}
  </body>
</html>`;
}

/** @param goesTo The application's origins, to which a form may redirect */
export async function send(response: ServerResponse, status: number, content: Html, goesTo: string[]): Promise<void> {
  const csp = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self' ${goesTo.join(" ")}; base-uri 'none'; frame-ancestors 'none'`;
  response.writeHead(status, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": csp,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
  });
  response.end(`${await content}`);
}
