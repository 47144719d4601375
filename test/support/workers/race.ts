/** One of several processes that compete for the same emails, codes and account. */
import process from "node:process";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { oneByOne } from "../crashing-driver.ts";
import { input, receive, send } from "./line.ts";

/** What to do after the start signal. */
export interface RaceInput {
  url: string;
  secret: string;
  collection: string;
  number: number;
  /** Whether accounts and locks are written one after another, as older versions do. */
  isOneByOne?: boolean;
  /** Converts a separate guest to each of these. */
  emails?: string[];
  /** Imports a separate account with each of these. */
  imported?: string[];
  /** Sessions of one account: the first is used, the others are signed out. */
  tokens?: string[];
  updates?: number;
  /** Signs in with each of these transfer codes. */
  codes?: string[];
}

export type Converted = { email: string; id: string; token: string; error: string | null; usable: boolean };

const race = input<RaceInput>();
const { url, secret, collection, number, emails = [], imported = [], tokens = [], updates = 0, codes = [] } = race;
const driver = await open(url);
const anon = createAnon({ storage: race.isOneByOne ? oneByOne(driver) : driver, secret });

const guests = await Promise.all(emails.map(() => anon.signInAnonymously({ collection })));
await send("ready");
await receive();

const converted = await Promise.all(
  emails.map(async (email, index): Promise<Converted> => {
    const { token, record } = guests[index]!;
    try {
      const result = await anon.convert(token, {
        email,
        username: `${email.split("@")[0]}`,
        password: "correct horse",
      });
      const usable = (await anon.authenticate(result.token))?.record.anonymous === false;
      return { email, id: record.id, token: result.token, error: null, usable };
    } catch (error) {
      const usable = (await anon.authenticate(token))?.record.anonymous === true;
      return { email, id: record.id, token, error: error instanceof AnonError ? error.code : String(error), usable };
    }
  }),
);

const outcomes = await Promise.all(
  imported.map((email, index) =>
    anon.admin.importAccount({ id: `i${number}x${index}`, collection, email }).then(
      ({ outcome }) => outcome,
      (error: AnonError) => error.code,
    ),
  ),
);

const [used, ...ended] = tokens;
if (used) {
  const id = anon.verifyToken(used)?.id as string;
  await Promise.all([
    ...ended.map((token) => anon.signOut(token)),
    (async () => {
      for (let count = 0; count < updates; count++) {
        await anon.admin.update({ collection, id }, { [`field_${number}_${count}`]: count });
        await anon.refresh(used);
      }
    })(),
  ]);
}
const redeemed = await Promise.all(
  codes.map((code) =>
    anon.signInWithTransferCode(code, { collection }).then(
      ({ token }) => token,
      (error: AnonError) => error.code,
    ),
  ),
);
await send(codes.length > 0 ? redeemed : imported.length > 0 ? outcomes : converted);
await anon.dispose();
process.exit(0);
