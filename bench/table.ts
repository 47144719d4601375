/** Formats the rows as a table. */
import type { Row } from "./measure.ts";

const HEAD = ["", "ratio", "floor", "goal", "", "ours", "against"];

/** One line per row; the fifth column names the missed limit. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell[isNumber(column) ? "padStart" : "padEnd"](widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cells(row: Row): string[] {
  const { name, ratio, floor, goal, ours, against } = row;
  return [name, digits(ratio), limit(floor), limit(goal), verdict(row), ours, against];
}

function verdict({ ratio, better, floor, goal }: Row): string {
  const misses = (value: number) => (better === "higher" ? ratio < value : ratio > value);
  if (floor === null || goal === null) return "";
  return misses(floor) ? "UNDER FLOOR" : misses(goal) ? "under goal" : "ok";
}

function isNumber(column: number): boolean {
  return column > 0 && column < 4;
}

function digits(ratio: number): string {
  return ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2);
}

function limit(value: number | null): string {
  return value === null ? "" : String(value);
}
