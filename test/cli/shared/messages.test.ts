import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Io, Sink } from "../../../cli/shared/io.ts";
import { createMessages, type Level, type Messages } from "../../../cli/shared/messages.ts";
import { COMMAND, ended, environment, inDirectory, SLOW } from "../run.ts";

/** Messages to a sink, and what was written to it. */
function messagesOn(
  sink: Partial<Sink>,
  { env = {}, colour = true, level, began }: { env?: Io["env"]; colour?: boolean; level?: Level; began?: number } = {},
): { messages: Messages; written: string[] } {
  const written: string[] = [];
  const stderr: Sink = {
    isTTY: false,
    async write(text) {
      written.push(text);
    },
    ...sink,
  };
  return { messages: createMessages({ stderr, env } as Io, colour, level, began), written };
}

describe("messages on stderr", () => {
  it("are plain lines outside a terminal", async () => {
    const { messages, written } = messagesOn({});
    await messages.info("100 % of %s");
    await messages.error("Cannot go on");
    await messages.log("at once");
    assert.deepEqual(written, ["[info] 100 % of %s\n", "anon: Cannot go on\n", "at once\n"]);
  });

  it("have colours on a terminal, unless they are switched off", async () => {
    const told = async (options: Parameters<typeof messagesOn>[1]): Promise<string> => {
      const { messages, written } = messagesOn({ isTTY: true }, options);
      await messages.info("a");
      await messages.error("b");
      return written.join("");
    };
    assert.equal(await told({}), "\u001b[36mℹ\u001b[39m a\n\u001b[31manon:\u001b[39m b\n");
    for (const off of [{ colour: false }, { env: { NO_COLOR: "1" } }, { env: { TERM: "dumb" } }]) {
      assert.equal(await told(off), "[info] a\nanon: b\n");
    }
  });

  it("repeat the same text as often as it is said", async () => {
    const { messages, written } = messagesOn({});
    for (let times = 0; times < 20; times++) await messages.info("a");
    assert.equal(written.length, 20);
  });

  it("wait for a slow reader, and survive one that is gone", async () => {
    let isOut = false;
    const { messages } = messagesOn({
      async write() {
        await sleep(30);
        isOut = true;
      },
    });
    await messages.info("a");
    assert.ok(isOut);
    const gone = messagesOn({ isTTY: true, write: () => Promise.reject(new Error("gone")) }).messages;
    gone.progress("1");
    await gone.endProgress();
    await gone.error("a");
  });

  it("are shown without consola in a damaged installation", SLOW, () =>
    inDirectory(async (cwd) => {
      for (const path of ["cli", "sdk"]) {
        await cp(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), join(cwd, path), { recursive: true });
      }
      await writeFile(join(cwd, "package.json"), '{"type":"module"}');
      // without this directory Bun would fetch the package
      await mkdir(join(cwd, "node_modules"));
      const [program = "", ...before] = COMMAND.slice(0, -1);
      const args = [...before, join(cwd, "cli", "anon.ts"), "craete"];
      const ran = await ended(spawn(program, args, { cwd, env: environment() }));
      assert.equal(ran.stderr, 'anon: Cannot run the unknown command "craete": did you mean create?\n');
      assert.equal(ran.code, 2);
    }),
  );
});

describe("the progress", () => {
  /** The program began so many milliseconds ago. */
  const ago = (milliseconds: number) => ({ began: performance.now() - milliseconds });

  it("rewrites one line of a terminal at most every 100 ms, and removes it at the end", async () => {
    const { messages, written } = messagesOn({ isTTY: true }, ago(2_000));
    messages.progress("1");
    messages.progress("2");
    messages.progress("3");
    while (written.length < 2) await sleep(5);
    await sleep(120);
    messages.progress("4");
    await messages.endProgress();
    assert.deepEqual(written, ["\r\u001b[2K1", "\r\u001b[2K3", "\r\u001b[2K4", "\r\u001b[2K"]);
    await sleep(200);
    assert.equal(written.length, 4);
  });

  it("begins after two seconds, also if nothing happens then", async () => {
    const quick = messagesOn({ isTTY: true });
    quick.messages.progress("1");
    await quick.messages.endProgress();
    const long = messagesOn({ isTTY: true }, ago(1_900));
    long.messages.progress("1");
    assert.deepEqual(long.written, []);
    while (long.written.length < 1) await sleep(5);
    assert.deepEqual(long.written, ["\r\u001b[2K1"]);
    await long.messages.endProgress();
    assert.deepEqual(quick.written, []);
  });

  it("writes nothing elsewhere, with --quiet, nor when there was none", async () => {
    const pipe = messagesOn({}, ago(60_000));
    pipe.messages.progress("1");
    await pipe.messages.endProgress();
    const quiet = messagesOn({ isTTY: true }, { level: "quiet", ...ago(60_000) });
    quiet.messages.progress("1");
    await quiet.messages.endProgress();
    const terminal = messagesOn({ isTTY: true });
    await terminal.messages.endProgress();
    assert.deepEqual([...pipe.written, ...quiet.written, ...terminal.written], []);
  });
});
