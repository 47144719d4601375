import { generateKeyPairSync, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ServiceKey } from "../../sdk/types.ts";
import { type Command, command } from "../shared/command.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { table } from "../shared/print.ts";

const HOUR = 3_600;
// as long as a token may live, and a minute for clocks that differ
const OVERLAP = HOUR + 60;

const ACTIONS = ["create", "rotate", "list"];
const ALGORITHMS = ["ES256", "EdDSA"];

const keys: Command = command({
  description: "Make, rotate and list the private keys that sign tokens for other services",
  args: {
    action: { type: "positional", valueHint: "create | rotate | list", choices: ACTIONS, description: "What to do" },
    file: { type: "string", valueHint: "path", description: "The file with the keys (default service-keys.json)" },
    algorithm: {
      type: "string",
      valueHint: "name",
      choices: ALGORITHMS,
      description: "ES256 or EdDSA, for a new key (default ES256)",
    },
  },
  examples: ["anon keys create", "anon keys rotate --file /run/secrets/service-keys.json", "anon keys list --json"],
  run: async ({ action, file = "service-keys.json", algorithm = "ES256" }, { io, out }) => {
    if (algorithm !== "ES256" && algorithm !== "EdDSA") {
      throw new UsageError(`Cannot use --algorithm ${quote(algorithm)}: use ES256 or EdDSA`);
    }
    const path = resolve(io.cwd, file);
    const now = Math.floor(Date.now() / 1_000);
    let present: ServiceKey[];
    if (action === "create") {
      present = [makeKey(algorithm, now)];
      write(path, file, present, linkSync);
    } else if (action === "rotate") {
      const begin = now + HOUR;
      const old = read(path, file).filter(({ exp = now + 1 }) => exp > now);
      // a key of an earlier rotation that has not begun keeps its end, if it is earlier
      present = old.map((key) => ({ ...key, exp: Math.min(key.exp ?? begin + OVERLAP, begin + OVERLAP) }));
      present.push(makeKey(algorithm, begin));
      write(path, file, present, renameSync);
    } else if (action === "list") {
      present = read(path, file);
    } else {
      throw new UsageError(`Cannot do ${quote(action)} with keys: use create, rotate or list`);
    }
    for (const { kid, alg, nbf, exp } of present) {
      const shown = { kid, alg, signsFrom: iso(nbf), publishedUntil: iso(exp) };
      await out.result(shown, () => table(shown));
    }
  },
});

function iso(seconds: number | undefined): string | null {
  return seconds === undefined ? null : new Date(seconds * 1_000).toISOString();
}

function makeKey(alg: ServiceKey["alg"], nbf: number): ServiceKey {
  const { privateKey } =
    alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  const jwk = privateKey.export({ format: "jwk" }) as Omit<ServiceKey, "kid" | "alg">;
  return { kid: randomBytes(9).toString("base64url"), alg, ...jwk, nbf };
}

function read(path: string, file: string): ServiceKey[] {
  let set: { keys?: unknown };
  try {
    set = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // a parser's message would quote the keys
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = isMissing ? "it does not exist, make it with `anon keys create`" : "it cannot be read as JSON";
    throw new UsageError(`Cannot use the keys in ${quote(file)}: ${reason}`);
  }
  // a set that createAnon refuses would be noticed when the application starts again
  if (!Array.isArray(set?.keys) || !set.keys.every(isKey)) {
    throw new UsageError(`Cannot use the keys in ${quote(file)}: they are not those that \`anon keys create\` makes`);
  }
  return set.keys as ServiceKey[];
}

function isKey(key: Partial<ServiceKey> | null): boolean {
  return [key?.kid, key?.alg, key?.x, key?.d].every((text) => typeof text === "string");
}

/** Complete or not at all. `linkSync` refuses to replace a file. */
function write(path: string, file: string, keys: ServiceKey[], put: (from: string, to: string) => void): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const handle = openSync(temporary, "wx", 0o600);
    try {
      writeFileSync(handle, `${JSON.stringify({ keys }, null, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    put(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "EEXIST" ? "it exists, add a key with `anon keys rotate`" : `its directory refused (${code})`;
    throw new UsageError(`Cannot write the keys to ${quote(file)}: ${reason}`);
  } finally {
    rmSync(temporary, { force: true });
  }
}

export default keys;
