/** The pages of the transfer code: one shows it, on the other it is entered. */
import type { TransferCode } from "anon-accounts/types";
import { html, raw } from "hono/html";
import { renderSVG } from "uqr";
import type { Problem } from "./messages.ts";
import { errorAttributes, type Html, layout, showError, type Visitor } from "./pages.ts";

/** The code and its URL, if there is a valid one. */
interface CodeView {
  code: TransferCode | null;
  url: string | null;
  /** The page where the code is entered. */
  enterUrl: string;
  problem?: Problem;
}

export function codePage(visitor: Visitor, { code, url, enterUrl, problem }: CodeView): Html {
  const main = html`<h1>Use it on another device</h1>
    <p class="lead">Enter this code on the other device. Both devices then show the same notes.</p>
    <section class="card transfer" aria-label="The code">
      ${showError(problem)}
      ${code && url ? codeDetails(code, url, enterUrl) : html`<p>There is no valid code at the moment.</p>`}
      <form method="post" action="/another-device">
        <button class="${code ? "quiet" : ""}">${code ? "Show another code" : "Show a code"}</button>
      </form>
    </section>
    <p class="aside">Do not share the code: it gives access to your notes. <a href="/">Back to the notes</a></p>`;
  return layout("Use it on another device · Jot", visitor, main);
}

function codeDetails({ code, expires }: TransferCode, url: string, enterUrl: string): Html {
  const minutes = Math.max(1, Math.round((Date.parse(expires) - Date.now()) / 60_000));
  return html`<div class="given">
    <div class="qr" role="img" aria-label="QR code that opens the page for entering the code">${raw(renderSVG(url, { ecc: "M", border: 4 }))}</div>
    <div>
      <p>Scan this with the other device, or open <strong class="address">${enterUrl}</strong> there and type:</p>
      <p class="code">${code}</p>
      <p class="aside">Valid once, for <time datetime="${expires}">${minutes === 1 ? "one more minute" : `${minutes} minutes`}</time>.</p>
    </div>
  </div>`;
}

/** `own` is the number of notes of this browser's guest. */
interface EnterView {
  own: number;
  code?: string;
  bring?: boolean;
  problem?: Problem;
}

export function enterPage(visitor: Visitor, { own, code = "", bring = false, problem }: EnterView): Html {
  const main = html`<h1>Enter the code</h1>
    <p class="lead">On the device with your notes press <em>Use it on another device</em>. It shows a code of 16 characters.</p>
    <form class="card" method="post" action="/another-device/enter" novalidate>
      ${problem?.field ? "" : showError(problem)}
      <label for="code">Code</label>
      <input id="code" name="code" class="code" value="${code}" placeholder="XXXX-XXXX-XXXX-XXXX" maxlength="40" required
        autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" ${errorAttributes("code", problem)} />
      ${problem?.field ? showError(problem) : ""}
      ${own > 0 ? bringOption(own, bring) : ""}
      <button>Show those notes here</button>
    </form>
    ${visitor?.record.anonymous === false ? html`<p class="aside">You are signed in as ${visitor.record.email}. With the code this browser switches to the other notes.</p>` : ""}
    <p class="aside">Only enter a code that is shown on your own device. ${visitor ? html`<a href="/">Back to the notes</a>` : ""}</p>
    <script type="module" src="/enter.js"></script>`;
  return layout("Enter the code · Jot", visitor, main);
}

function bringOption(own: number, bring: boolean): Html {
  const these = own === 1 ? "the note" : `the ${own} notes`;
  return html`<div class="check">
    <input id="bring" name="bring" type="checkbox" value="yes" aria-describedby="bring-about" ${bring ? "checked" : ""} />
    <label for="bring">Add ${these} of this browser</label>
    <p id="bring-about">The other device can then see ${own === 1 ? "it" : "them"}. Otherwise you can no longer open ${own === 1 ? "it" : "them"}.</p>
  </div>`;
}
