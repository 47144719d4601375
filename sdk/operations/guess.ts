import { primitives } from "../crypto/primitives.ts";
import type { Engine } from "../engine.ts";
import type { Client } from "../limits/types.ts";

/**
 * Checks a password, if there were not too many wrong ones for `who` or from the client's address. It is counted before
 * it is checked, so that many at once are counted too; a right one counts for nothing in the end.
 *
 * @param who Whom the password is of: stored as a hash
 * @throws {AnonError} `rate_limited`
 */
export async function guess(
  engine: Engine,
  who: string,
  client: Client | undefined,
  verify: () => Promise<boolean>,
): Promise<boolean> {
  const { limits } = engine;
  const subject = primitives.sha256Hex(who);
  await limits.take("passwordsPerAddress", client?.address);
  await limits.take("passwordsPerIdentity", subject);
  const isRight = await verify();
  if (isRight) {
    await Promise.all([
      limits.giveBack("passwordsPerAddress", client?.address),
      limits.giveBack("passwordsPerIdentity", subject),
    ]);
  }
  return isRight;
}
