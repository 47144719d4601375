/** Every command there is. Descriptions stand here, and files load when their command is meant: `--help` is fast. */
import type { Command } from "./command.ts";

export interface Entry {
  description: string;
  load: () => Promise<{ default: Command }>;
}

export const COMMANDS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    "create",
    { description: "Create an anonymous account and sign it in", load: () => import("../commands/create.ts") },
  ],
  [
    "convert",
    { description: "Make an anonymous account a registered one", load: () => import("../commands/convert.ts") },
  ],
  ["confirm", { description: "Convert the guest a mailed code is for", load: () => import("../commands/confirm.ts") }],
  ["merge", { description: "Merge a guest into a registered account", load: () => import("../commands/merge.ts") }],
  ["gc", { description: "Delete inactive anonymous accounts", load: () => import("../commands/gc.ts") }],
  ["list", { description: "List accounts", load: () => import("../commands/list.ts") }],
  ["show", { description: "Show one account", load: () => import("../commands/show.ts") }],
  ["restore", { description: "Bring an account back from quarantine", load: () => import("../commands/restore.ts") }],
  ["hold", { description: "Keep an account from being deleted", load: () => import("../commands/hold.ts") }],
  [
    "doctor",
    {
      description: "Look at all accounts, and finish what was left undone",
      load: () => import("../commands/doctor.ts"),
    },
  ],
  ["sessions", { description: "List the sessions of one account", load: () => import("../commands/sessions.ts") }],
  ["export", { description: "Print all that is stored of one", load: () => import("../commands/export.ts") }],
  ["delete", { description: "Delete one account", load: () => import("../commands/delete.ts") }],
  [
    "code",
    { description: "Make a code with which another device signs in", load: () => import("../commands/code.ts") },
  ],
  ["verify", { description: "Check a token and show what it says", load: () => import("../commands/verify.ts") }],
]);
