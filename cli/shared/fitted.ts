/** Lines of a table that fit a terminal. */

/** Letters that take two columns, and those that take none. */
const WIDE = /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}]/u;

const GAP = 2;

/** A cell keeps this many columns in the narrowest terminal. */
const LEAST = 4;

/**
 * Returns the cells of one line with the longest ones cut, so that they fit `columns` with two spaces between them. Without
 * `columns`, as in a pipe, they stay as they are. `used` columns of the line are taken by something else.
 */
export function fitted(cells: readonly string[], columns: number | undefined, used = 0): string[] {
  if (columns === undefined) return [...cells];
  const widths = cells.map(widthOf);
  const room = columns - used - GAP * (cells.length - 1);
  const taken = (most: number) => widths.reduce((sum, width) => sum + Math.min(width, most), 0);
  let most = Math.max(...widths, LEAST);
  while (most > LEAST && taken(most) > room) most--;
  return cells.map((cell, index) => ((widths[index] as number) > most ? cut(cell, most) : cell));
}

/** The columns that a text takes in a terminal. */
function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += NO_WIDTH.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return width;
}

/** The beginning of a text, with an ellipsis, in `most` columns. */
function cut(text: string, most: number): string {
  let kept = "";
  for (const letter of text) {
    if (widthOf(kept + letter) > most - 1) break;
    kept += letter;
  }
  return `${kept}…`;
}
