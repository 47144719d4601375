/** All commands. Their descriptions stand here and their files are loaded when needed, so that `--help` is fast. */
import type { Command } from "./command.ts";

export interface Entry {
  description: string;
  load: () => Promise<{ default: Command }>;
}

const entry = (description: string, load: Entry["load"]): Entry => ({ description, load });

export const COMMANDS: ReadonlyMap<string, Entry> = new Map([
  ["create", entry("Create an anonymous account and sign it in", () => import("../commands/create.ts"))],
  ["convert", entry("Make an anonymous account a registered one", () => import("../commands/convert.ts"))],
  ["confirm", entry("Convert the guest that a mailed code is for", () => import("../commands/confirm.ts"))],
  ["merge", entry("Merge a guest into a registered account", () => import("../commands/merge.ts"))],
  ["gc", entry("Delete inactive anonymous accounts", () => import("../commands/gc.ts"))],
  ["list", entry("List accounts", () => import("../commands/list.ts"))],
  ["show", entry("Show one account", () => import("../commands/show.ts"))],
  ["restore", entry("Restore accounts from quarantine", () => import("../commands/restore.ts"))],
  ["hold", entry("Keep accounts from being deleted", () => import("../commands/hold.ts"))],
  ["stats", entry("Count accounts, sessions and what is due", () => import("../commands/stats.ts"))],
  ["doctor", entry("Examine all accounts and repair what dead processes left", () => import("../commands/doctor.ts"))],
  ["sessions", entry("List the sessions of one account, or end one", () => import("../commands/sessions.ts"))],
  ["export", entry("Print all that is stored of one account, or all accounts", () => import("../commands/export.ts"))],
  ["import", entry("Import the accounts of another system", () => import("../commands/import.ts"))],
  ["delete", entry("Delete accounts", () => import("../commands/delete.ts"))],
  ["code", entry("Make a code that signs another device in", () => import("../commands/code.ts"))],
  ["copy", entry("Copy all accounts to another storage", () => import("../commands/copy.ts"))],
  ["dump", entry("Write all accounts to a file", () => import("../commands/dump.ts"))],
  ["load", entry("Store the accounts of a dump", () => import("../commands/load.ts"))],
  ["schema", entry("Print the SQL of the storage's tables", () => import("../commands/schema.ts"))],
  ["keys", entry("Make and rotate the keys of tokens for other services", () => import("../commands/keys.ts"))],
  ["secret", entry("List and rotate the secrets that sign session tokens", () => import("../commands/secret.ts"))],
  ["verify", entry("Check a token and print its claims", () => import("../commands/verify.ts"))],
  ["complete", entry("Print the completions of a shell", () => import("../commands/complete.ts"))],
]);
