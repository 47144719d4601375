// Reads the reports of the test runners into one shape: { passed, failed, skipped, failures, skips }.
import { readFileSync } from "node:fs";

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decode(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, dec, hex, name) => {
    if (dec) return String.fromCodePoint(Number(dec));
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name] ?? all;
  });
}

function attributes(tag) {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, decode(value)]));
}

/** The test cases of a JUnit file: name, file and outcome. All three runners escape `<` in attributes. */
function cases(xml) {
  return [...xml.matchAll(/<testcase\b((?:[^>"]|"[^"]*")*?)(\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, head, , body]) => {
    const { name = "", classname = "", file = "" } = attributes(head);
    const failure = /<(?:failure|error)\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/(?:failure|error)>)/.exec(
      body ?? "",
    );
    const skipped = /<skipped\b((?:[^>"]|"[^"]*")*)/.exec(body ?? "");
    return {
      name,
      classname,
      file,
      failure: failure && decode(failure[2] || attributes(failure[1]).message || "no message").trim(),
      skip: skipped && (attributes(skipped[1]).message ?? ""),
    };
  });
}

/** Keeps only the leaves: Deno counts a `describe` as a test, and its tests as steps named `describe > it`. */
function leavesOfDeno(all) {
  const parents = new Set(all.flatMap(({ name }) => (name.includes(" > ") ? [name.split(" > ")[0]] : [])));
  return all.filter(
    ({ name, failure }) => !parents.has(name) || (failure && !/^\d+ test steps? failed\.?$/.test(failure)),
  );
}

/** Reads the JUnit file of `runtime`; null if it is missing, which means that the runner crashed. */
export function readReport(runtime, path) {
  let xml;
  try {
    xml = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const all = runtime === "deno" ? leavesOfDeno(cases(xml)) : cases(xml);
  const title = ({ name, classname }) => (runtime === "deno" || classname === "test" ? name : `${classname} > ${name}`);
  const failures = all.filter((test) => test.failure).map((test) => ({ name: title(test), message: test.failure }));
  const skips = all.filter((test) => test.skip !== null).map((test) => ({ name: title(test), reason: test.skip }));
  return {
    passed: all.length - failures.length - skips.length,
    failed: failures.length,
    skipped: skips.length,
    failures,
    skips,
  };
}

/** Reads the counts from Bun's last lines: its JUnit file omits files that did not load and suites skipped as a whole. */
export function countsOfBun(output) {
  const count = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip") + count("todo") };
}
