import type { Engine } from "../../engine.ts";
import type { LimitName } from "../../settings/limits.ts";

/** What wrong guesses are counted by: of each limit, whom. */
type Counted = Partial<Record<LimitName, string | undefined>>;

/**
 * Checks a secret that may be guessed at, if there were not too many wrong ones. It is counted before it is checked, so
 * that many at once are counted too; a right one counts for nothing in the end.
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
    // also when the check failed before it knew
    if (!isWrong) await Promise.all(giveBack.map((back) => back()));
  }
}
