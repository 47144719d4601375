/** What JSON.parse accepts without a word: names that come twice, and numbers that it rounds. */
import { AnonError } from "../errors.ts";

/** `path`: names and indexes, joined by dots. */
export interface JsonFault {
  is: "deep" | "twice" | "rounded";
  path: string;
}

/** An object or array around the current place, the names of the object so far, and the name or index it is at. */
interface Level {
  /** `null` for an array. */
  names: Set<string> | null;
  at: string | number;
}

// no number of so few digits is rounded
const EXACT_LENGTH = 15;

/**
 * The first fault of a text that JSON.parse accepted, or `null`. Of equal names JSON.parse keeps the last and other
 * parsers keep the first, so a proxy may have checked another value than the one used here. An integer of 17 digits
 * becomes another one: as an id it would be that of another account.
 */
export function faultOfJson(text: string, maximumDepth: number = Number.POSITIVE_INFINITY): JsonFault | null {
  // the body of most who sign in anonymously
  if (text === "{}") return null;
  const levels: Level[] = [];
  const fault = (is: JsonFault["is"]): JsonFault => ({ is, path: levels.map(({ at }) => at).join(".") });
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "{" || character === "[") {
      if (levels.length === maximumDepth) return fault("deep");
      levels.push(character === "{" ? { names: new Set(), at: "" } : { names: null, at: 0 });
      expectsName = character === "{";
    } else if (character === "}" || character === "]") {
      levels.pop();
      expectsName = false;
    } else if (character === ",") {
      const level = levels.at(-1);
      expectsName = level?.names !== null;
      if (typeof level?.at === "number") level.at++;
    } else if (character === '"') {
      const end = endOfString(text, at);
      const level = expectsName ? levels.at(-1) : undefined;
      if (level?.names) {
        level.at = JSON.parse(text.slice(at, end + 1)) as string;
        if (level.names.has(level.at)) return fault("twice");
        level.names.add(level.at);
        expectsName = false;
      }
      at = end;
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      const end = endOfNumber(text, at);
      if (isRounded(text.slice(at, end))) return fault("rounded");
      at = end - 1;
    }
  }
  return null;
}

/** Whether JSON.parse makes another integer of it. Fractions are accepted: every reader rounds them. */
function isRounded(number: string): boolean {
  if (number.length <= EXACT_LENGTH && !number.includes("e") && !number.includes("E")) return false;
  const value = Number(number);
  if (!Number.isFinite(value)) return true;
  return !/[.eE]/.test(number) && String(value) !== number && BigInt(number) !== BigInt(value);
}

function endOfNumber(text: string, from: number): number {
  let at = from + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 48 && code <= 57;
    if (!isDigit && code !== 46 && code !== 101 && code !== 69 && code !== 43 && code !== 45) break;
  }
  return at;
}

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
