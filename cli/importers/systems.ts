/** The systems that accounts can be imported from. */
import { readBetterAuth, readBetterAuthDatabase } from "./better-auth.ts";
import { readFirebase } from "./firebase.ts";
import { readLines } from "./lines.ts";
import { readPocketBase } from "./pocketbase.ts";
import { readSupabase } from "./supabase.ts";
import type { System } from "./system.ts";

export const SYSTEMS: ReadonlyMap<string, System> = new Map<string, System>([
  ["firebase", { file: readFirebase }],
  ["supabase", { file: readSupabase }],
  ["better-auth", { file: readBetterAuth, database: readBetterAuthDatabase }],
  ["pocketbase", { database: readPocketBase }],
  ["lines", { file: readLines }],
]);
