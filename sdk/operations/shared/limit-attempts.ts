import type { Engine } from "../../engine.ts";
import type { LimitName } from "../../settings/limits.ts";

/** The subject of each limit that counts wrong guesses. */
type Counted = Partial<Record<LimitName, string | undefined>>;

/**
 * Checks a secret, unless there were too many wrong guesses. Each attempt counts before its check, so that parallel attempts
 * count too, and a right one is given back.
 *
 * @param counted Counted in this order
 * @param check Returns something for a right one, and `null` or `false` for a wrong one
 * @throws {AnonError} `rate_limited`
 */
export async function limitAttempts<T>(
  { limits }: Engine,
  counted: Counted,
  check: () => Promise<T | null | false>,
): Promise<T | null | false> {
  const giveBack: (() => Promise<void>)[] = [];
  let isWrong = false;
  try {
    for (const [name, who] of Object.entries(counted) as [LimitName, string | undefined][]) {
      await limits.take(name, who);
      giveBack.push(() => limits.giveBack(name, who));
    }
    const right = await check();
    isWrong = !right;
    return right;
  } finally {
    // also when the check itself failed
    if (!isWrong) await Promise.all(giveBack.map((back) => back()));
  }
}
