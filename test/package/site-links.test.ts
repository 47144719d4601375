/** The check of links with which `npm run docs` ends. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { deadLinks } from "../../docs/.vitepress/links.mjs";

const folder = mkdtempSync(join(tmpdir(), "anon-links-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("the links of the site", () => {
  it("are dead without their page or heading", () => {
    mkdirSync(join(folder, "docs"));
    writeFileSync(join(folder, "openapi.json"), "{}");
    writeFileSync(
      join(folder, "index.html"),
      `<h1 id="start"></h1>
      <a class="one" href="#start">1</a><a href="#end">2</a><a href="/docs/limits.html#the-address">3</a>
      <a href="/docs/limits.html#an-address">4</a><a href="/docs/">5</a><a href="/openapi.json">6</a>
      <a href="https://example.com/nowhere">7</a>`,
    );
    writeFileSync(join(folder, "docs", "limits.html"), `<h2 id="the-address"></h2><a href="../index.html#start">1</a>`);
    assert.deepEqual(deadLinks(folder), [
      "/index.html: #end",
      "/index.html: /docs/limits.html#an-address",
      "/index.html: /docs/",
    ]);
  });
});
