/** Which keys and values `deleteDue` finds by bounds instead of comparing their beginnings. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import sql from "../../../storage-drivers/sql/index.ts";
import type { TestOptions } from "../../support/needs.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";

const STORAGES: readonly (readonly [name: string, url: () => Promise<string>, options: TestOptions])[] = [
  ["sqlite", async () => "sqlite::memory:", {}],
  ["postgres", postgresUrl, needsPostgres("shared")],
];

/** Beginnings whose last character has a neighbour of another length in UTF-8, and the ends of what Unicode has. */
const BEGINNINGS = [
  "a",
  "a:",
  "a\u007f",
  "a\u07ff",
  "a\ud7ff",
  "a\ue000",
  "a\uffff",
  "a\u{10ffff}",
  "a😀",
  "\u{10ffff}",
];
const TEXTS = [
  ...BEGINNINGS,
  ...BEGINNINGS.map((beginning) => `${beginning}x`),
  "a\u0080",
  "a\u0800",
  "a\u{10000}",
  "b",
];

describe("deleteDue over SQL", () => {
  after(stopServers);

  for (const [name, urlOf, options] of STORAGES) {
    it(`deletes what begins so, in keys and in values (${name})`, options, async () => {
      const storage = sql({ url: await urlOf(), table: uniqueTable() });
      try {
        for (const part of ["key", "value"]) {
          for (const beginning of ["", ...BEGINNINGS]) {
            if (beginning === "" && part === "value") continue;
            const entries = TEXTS.map((text, at) => (part === "key" ? [text, "v"] : [`key:${at}`, text]));
            await Promise.all(entries.map(([key, value]) => storage.swap(key!, null, value!, 1)));
            const what = part === "key" ? { keys: [beginning], beginning: "v" } : { keys: ["key:"], beginning };
            const wanted = TEXTS.filter((text) => text.startsWith(beginning));
            const { deleted } = await storage.deleteDue!(2, { limit: 1_000, ...what });
            assert.equal(deleted, wanted.length, `${part} ${JSON.stringify(beginning)}`);
            for (const [key, value] of entries) {
              const isGone = (await storage.read(key!)) === null;
              assert.equal(
                isGone,
                (part === "key" ? key : value)!.startsWith(beginning),
                JSON.stringify([key, beginning]),
              );
              if (!isGone) await storage.swap(key!, value!, null);
            }
          }
        }
        const several = ["a:", "b:", "c:"];
        await Promise.all(several.map((key) => storage.swap(key, null, "v", 1)));
        assert.equal((await storage.deleteDue!(2, { limit: 9, keys: ["a:", "b:"], beginning: "v" })).deleted, 2);
        assert.equal(await storage.read("c:"), "v");
        await assert.rejects(storage.deleteDue!(2, { limit: 9, keys: ["c:"], beginning: "" }), {
          code: "invalid_option",
        });
      } finally {
        await storage.dispose();
      }
    });
  }
});
