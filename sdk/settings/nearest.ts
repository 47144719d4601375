/** The hint of a refusal: the name that was probably meant, or all names. */
export function hint(typed: string, names: readonly string[], all = "there are"): string {
  const meant = nearest(typed, names);
  return meant ? `did you mean ${meant}?` : `${all} ${names.join(", ")}`;
}

function nearest(typed: string, names: readonly string[]): string | undefined {
  // a longer text is no typing mistake, and the distance of two texts costs the product of their lengths
  if (typed.length > 40) return undefined;
  const longer = names.filter((name) => typed.length > 3 && name.startsWith(typed));
  if (longer.length === 1) return longer[0];
  let best: string | undefined;
  let least = Math.min(2, Math.floor(typed.replace(/^-+/, "").length / 2)) + 1;
  for (const name of names) {
    const far = distance(typed, name);
    if (far < least) [best, least] = [name, far];
  }
  return best;
}

/** How many letters to insert, remove or change (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
