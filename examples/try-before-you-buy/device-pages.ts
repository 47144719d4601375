/** The pages of the transfer code: where it is shown, and where it is typed in. */
import type { TransferCode } from "anon-accounts/types";
import { html, raw } from "hono/html";
import { renderSVG } from "uqr";
import type { Problem } from "./messages.ts";
import { described, type Html, layout, shown, type Visitor } from "./pages.ts";

/** What the page with the code shows: the code and its address, if there is one that is good. */
interface CodeView {
  code: TransferCode | null;
  url: string | null;
  /** Where it is typed in. */
  typedAt: string;
  problem?: Problem;
}

export function codePage(visitor: Visitor, { code, url, typedAt, problem }: CodeView): Html {
  const main = html`<h1>Use it on another device</h1>
    <p class="lead">With a code the other device shows the same notes as this one, and both go on.</p>
    <section class="card transfer" aria-label="The code">
      ${shown(problem)}
      ${code && url ? given(code, url, typedAt) : html`<p>There is no code at the moment: none was asked for, or it is over.</p>`}
      <form method="post" action="/another-device">
        <button class="${code ? "quiet" : ""}">${code ? "Show another code" : "Show a code"}</button>
      </form>
    </section>
    <p class="aside">Show it to nobody else: whoever has the code has your notes. <a href="/">Back to the notes</a></p>`;
  return layout("Use it on another device · Jot", visitor, main);
}

function given({ code, expires }: TransferCode, url: string, typedAt: string): Html {
  const minutes = Math.max(1, Math.round((Date.parse(expires) - Date.now()) / 60_000));
  return html`<div class="given">
    <div class="qr" role="img" aria-label="QR code that opens the page where the code is typed in">${raw(renderSVG(url, { ecc: "M", border: 4 }))}</div>
    <div>
      <p>Scan this with the other device, or open <strong class="address">${typedAt}</strong> there and type:</p>
      <p class="code">${code}</p>
      <p class="aside">Good once, for <time datetime="${expires}">${minutes === 1 ? "one more minute" : `${minutes} minutes`}</time>.</p>
    </div>
  </div>`;
}

/** What the page where a code is typed in shows; `own` is how many notes this browser's guest has. */
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
      ${problem?.field ? "" : shown(problem)}
      <label for="code">Code</label>
      <input id="code" name="code" class="code" value="${code}" placeholder="XXXX-XXXX-XXXX-XXXX" maxlength="40" required
        autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" ${described("code", problem)} />
      ${problem?.field ? shown(problem) : ""}
      ${own > 0 ? bringing(own, bring) : ""}
      <button>Show those notes here</button>
    </form>
    ${visitor?.record.anonymous === false ? html`<p class="aside">You are signed in as ${visitor.record.email}. With the code this browser goes over to the other notes.</p>` : ""}
    <p class="aside">Only enter a code that you see on a device of your own. ${visitor ? html`<a href="/">Back to the notes</a>` : ""}</p>
    <script type="module" src="/enter.js"></script>`;
  return layout("Enter the code · Jot", visitor, main);
}

function bringing(own: number, bring: boolean): Html {
  const these = own === 1 ? "the note" : `the ${own} notes`;
  return html`<div class="check">
    <input id="bring" name="bring" type="checkbox" value="yes" aria-describedby="bring-about" ${bring ? "checked" : ""} />
    <label for="bring">Take ${these} of this browser along</label>
    <p id="bring-about">Whoever has the other notes sees ${own === 1 ? "it" : "them"} then. Left behind, nobody gets to ${own === 1 ? "it" : "them"} any more.</p>
  </div>`;
}
