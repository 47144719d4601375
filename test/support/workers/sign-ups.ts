/** One of several processes in which visitors of one address sign in. */
import process from "node:process";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { input, receive, send } from "./line.ts";

export interface SignUpsInput {
  url: string;
  secret: string;
  collection: string;
  remoteAddress: string;
  /** How many accounts the address may create. */
  max: number;
  /** How many visitors there are. */
  visitors: number;
}

const { url, secret, collection, remoteAddress, max, visitors } = input<SignUpsInput>();
const anon = createAnon({ storage: await open(url), secret, limits: { signUpsPerAddress: { max, per: "1h" } } });
await send("ready");
await receive();

async function visit(): Promise<string> {
  const context = await anon.context(new Request("https://shop.example/"), { remoteAddress });
  try {
    await context.signInAnonymously({ collection });
    return "done";
  } catch (error) {
    return error instanceof AnonError ? error.code : String(error);
  }
}

await send(await Promise.all(Array.from({ length: visitors }, visit)));
await anon.dispose();
process.exit(0);
