/** What JSON.parse would let pass of a text: names that come twice, and numbers that it rounds. */
import { AnonError } from "../errors.ts";

/** What is wrong with a text, and where: names and indexes, joined by dots. */
export interface JsonFault {
  is: "deep" | "twice" | "rounded";
  path: string;
}

/** One object or array that the walk is inside of. */
interface Level {
  /** The names of an object so far; `null` for an array. */
  names: Set<string> | null;
  /** Where the walk is in it. */
  at: string | number;
}

const NUMBER = /-?\d[\d.eE+-]*/y;

// no integer of so few digits is rounded
const EXACT_DIGITS = 15;

/**
 * The first fault of a text that JSON.parse accepted, or `null`. JSON.parse keeps the last of several equal names, others
 * the first: what a proxy checked and what is used here could differ. An integer of 17 digits becomes another one: the id of
 * an account elsewhere would be somebody else's.
 */
export function faultOfJson(text: string, maximumDepth: number = Number.POSITIVE_INFINITY): JsonFault | null {
  // the body of most who sign in anonymously
  if (text === "{}") return null;
  const levels: Level[] = [];
  const fault = (is: JsonFault["is"]): JsonFault => ({ is, path: levels.map(({ at }) => at).join(".") });
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    const level = levels.at(-1);
    if (character === "{" || character === "[") {
      if (levels.length === maximumDepth) return fault("deep");
      levels.push(character === "{" ? { names: new Set(), at: "" } : { names: null, at: 0 });
      expectsName = character === "{";
    } else if (character === "}" || character === "]") {
      levels.pop();
      expectsName = false;
    } else if (character === ",") {
      expectsName = level?.names !== null;
      if (typeof level?.at === "number") level.at++;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (expectsName && level?.names) {
        level.at = JSON.parse(text.slice(at, end + 1)) as string;
        if (level.names.has(level.at)) return fault("twice");
        level.names.add(level.at);
        expectsName = false;
      }
      at = end;
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)?.[0] ?? character;
      if (isRounded(number)) return fault("rounded");
      at += number.length - 1;
    }
  }
  return null;
}

/** Whether another integer would come back. Fractions are rounded by everybody who reads them: no last digit is relied on. */
function isRounded(number: string): boolean {
  const isInteger = !/[.eE]/.test(number);
  if (isInteger && number.length <= EXACT_DIGITS) return false;
  const value = Number(number);
  if (!Number.isFinite(value)) return true;
  return isInteger && String(value) !== number && BigInt(number) !== BigInt(value);
}

/** The refusal of a text for a number in it. */
export function roundedNumber(path: string): AnonError {
  const message = "must be a number that is kept exactly: send this one as a string";
  return new AnonError("invalid_data", `Cannot use this JSON: ${JSON.stringify(path)} ${message}`, {
    issues: [{ path, message }],
  });
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
