import type { Engine } from "../engine.ts";
import type { Client } from "../limits/types.ts";

/**
 * Checks a password, if there were not too many wrong ones for `who` or from the client's address. It is counted before
 * it is checked, so that many at once are counted too; a right one counts for nothing in the end.
 *
 * @param who Whom the password is of, as limits have it
 * @throws {AnonError} `rate_limited`
 */
export async function guess(
  { limits }: Engine,
  who: string | undefined,
  client: Client | undefined,
  verify: () => Promise<boolean>,
): Promise<boolean> {
  const address = client?.address;
  const giveBack: (() => Promise<void>)[] = [];
  let isWrong = false;
  try {
    await limits.take("passwordsPerAddress", address);
    giveBack.push(() => limits.giveBack("passwordsPerAddress", address));
    await limits.take("passwordsPerIdentity", who);
    giveBack.push(() => limits.giveBack("passwordsPerIdentity", who));
    const isRight = await verify();
    isWrong = !isRight;
    return isRight;
  } finally {
    // also when nobody got to see whether it is right
    if (!isWrong) await Promise.all(giveBack.map((back) => back()));
  }
}
