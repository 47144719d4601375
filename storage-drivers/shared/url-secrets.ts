/** The secrets of a URL, and whether something shows one. */

/** Shorter values of parameters are words such as `true`, which errors contain for other reasons. */
const SHORTEST_VALUE = 8;

/** How deep a log shows an error: its causes, and the objects among its properties. */
const DEPTH = 4;

/** The password of a URL and the values of its parameters, as they are written and decoded. */
export function secretsOf(url: string): string[] {
  const [, userInfo = "", parameters = ""] = /^[^:]*:(?:\/\/)?(?:(.*)@)?[^?#;]*(.*)$/s.exec(url) ?? [];
  // without a colon it is a token instead of a name
  const password = userInfo.slice(userInfo.indexOf(":") + 1);
  const values = parameters.split(/[?#&;]/).map((parameter) => parameter.slice(parameter.indexOf("=") + 1));
  const written = [password, ...values.filter((value) => value.length >= SHORTEST_VALUE)].filter(Boolean);
  return [...written, ...written.map(decode)];
}

/** Finds the URL itself and its secrets. */
export function secretFinder(url: string): (shown: unknown) => boolean {
  const secrets = [url, decode(url), ...secretsOf(url)];
  return (shown) =>
    textsOf(shown, DEPTH).some((text) =>
      secrets.some((secret) => text.includes(secret) || decode(text).includes(secret)),
    );
}

function textsOf(shown: unknown, depth: number): string[] {
  if (typeof shown === "string") return [shown];
  if (typeof shown !== "object" || shown === null || depth === 0) return [];
  // these are not enumerable
  const { message, cause, errors } = shown as Partial<AggregateError>;
  return [message, cause, errors, ...Object.values(shown)].flatMap((one) => textsOf(one, depth - 1));
}

function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
