/**
 * Many visitors of one process, which may be killed at any time: they sign in, and some register or delete their accounts.
 * Before a change of an account the journal gets what is tried, and after it what was acknowledged.
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { input, receive, send } from "./line.ts";

export interface WritersInput {
  url: string;
  secret: string;
  /** Makes emails that no other process uses. */
  name: string;
  journal: string;
}

/** One line of the journal. */
export interface Written {
  id: string;
  what: "signed in" | "converted" | "deleted" | "tried" | "unexpected";
  token: string;
  email?: string;
  error?: string;
}

const WRITERS = 16;
const { url, secret, name, journal } = input<WritersInput>();
const anon = createAnon({ storage: await open(url), secret });
let stopped = false;
let number = 0;
receive().then(() => {
  stopped = true;
});

function write(line: Written): void {
  appendFileSync(journal, `${JSON.stringify(line)}\n`);
}

async function visit(): Promise<void> {
  const { record, token } = await anon.signInAnonymously();
  const { id } = record;
  write({ id, what: "signed in", token });
  const chance = Math.random();
  if (chance < 0.5) return;
  const email = `${name}${number++}@example.com`;
  write({ id, what: "tried", token, email });
  if (chance < 0.8) {
    await anon.deleteAccount(token);
    write({ id, what: "deleted", token });
  } else {
    const converted = await anon.convert(token, { email, password: "correct horse" });
    write({ id, what: "converted", token: converted.token, email });
  }
}

async function writer(): Promise<void> {
  while (!stopped) {
    try {
      await visit();
    } catch (error) {
      // the outage of a server that the test kills
      if (error instanceof AnonError && error.code === "storage_unavailable") continue;
      write({ id: "", what: "unexpected", token: "", error: String((error as Error)?.stack ?? error) });
      return;
    }
  }
}

await send("ready");
await Promise.all(Array.from({ length: WRITERS }, writer));
await anon.dispose();
await send("done");
process.exit(0);
