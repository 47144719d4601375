import type { ImportReport } from "../importers/run.ts";
import { type Command, type Context, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { isAnonError, UsageError } from "../shared/errors.ts";
import { checkLasting, partOf } from "../shared/place.ts";
import { prefixed, withoutZeros } from "../shared/print.ts";
import { reported } from "../shared/reported.ts";

const importAccounts: Command = command({
  description: "Import the accounts of another system, with their ids and password hashes",
  args: {
    source: {
      type: "positional",
      valueHint: "file | url | -",
      description: "The export, - for stdin, or for better-auth a database: sqlite:./file or postgres://…",
    },
    from: {
      type: "string",
      valueHint: "system",
      choices: ["firebase", "supabase", "better-auth", "pocketbase", "lines"],
      description: "firebase, supabase, better-auth, pocketbase or lines",
    },
    "dry-run": { type: "boolean", description: "Store nothing, and report what an import would do" },
    collection: collectionFlag("Where to import to (default that of each line, or users)"),
    rejects: { type: "string", valueHint: "file", description: "Write why records are not imported, as JSON lines" },
    mapping: {
      type: "string",
      valueHint: "file",
      description: "Give accounts whose id cannot be kept another one, and write both here, as JSON lines",
    },
    guests: {
      type: "string",
      valueHint: "provider-less",
      choices: ["provider-less"],
      description: "Accounts without any way to sign in are guests (default: only those that are marked)",
    },
    fields: { type: "string", valueHint: "names", description: "Further columns to keep as own fields: plan,locale" },
    "without-hashes": { type: "boolean", description: "Import no password hashes: owners reset their passwords" },
    identities: {
      type: "string",
      valueHint: "file",
      description: "supabase, better-auth: the second table, if the export does not hold it",
    },
    "hash-config": {
      type: "string",
      valueHint: "file",
      description: "firebase: the project's hash parameters, as its console shows them",
    },
    table: { type: "string", valueHint: "name", description: "pocketbase: the auth collection (default users)" },
  },
  examples: [
    "anon import users.json --from firebase --hash-config hash.txt --dry-run",
    "anon import users.csv --identities identities.csv --from supabase --rejects rejects.jsonl",
    "anon import sqlite:./auth.db --from better-auth --fields role",
    "anon export --all --with-hashes | anon import - --from lines --storage redis://127.0.0.1:6379",
  ],
  run: async ({ source, from, guests, fields, ...flags }, context) => {
    if (from === undefined) throw new UsageError("Cannot import without --from: name the system of the export");
    if (guests !== undefined && guests !== "provider-less") {
      throw new UsageError("Cannot use --guests with another value than provider-less");
    }
    // before the storage is opened: an interrupt meanwhile must not lose the report
    const signal = context.io.interruptible();
    const { secretsOf } = await import("../../storage-drivers/shared/url-secrets.ts");
    context.hidden.push(...secretsOf(source));
    const { openImport } = await import("../importers/open.ts");
    return withAnon(context, "fill", ({ anon, storage, place }) =>
      blamingTheSource(async () => {
        checkLasting("import into", storage, { dryRun: flags["dry-run"] });
        const opened = await openImport({
          system: from,
          source,
          stdin: () => context.io.stdin.chunks(),
          identities: flags.identities,
          hashConfig: flags["hash-config"],
          table: flags.table,
          fields: fields?.split(","),
          rejects: flags.rejects,
          mapping: flags.mapping,
          importAccount: anon.admin.importAccount,
          collection: flags.collection,
          dryRun: flags["dry-run"],
          providerLessAreGuests: guests !== undefined,
          withoutHashes: flags["without-hashes"],
          signal,
        });
        const { report, outcome } = await reported<ImportReport>(
          context,
          partOf(place, flags.collection),
          { toTable, toProgress },
          opened.run,
        );
        await sayReasons(context, opened.reasons, report);
        if (signal.aborted) return 130;
        return outcome ?? (report.rejected > 0 ? 1 : undefined);
      }),
    );
  },
});

/** What is wrong with an export, or with a file of a flag, is wrong usage. */
async function blamingTheSource<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isAnonError(error) || error.code !== "invalid_options") throw error;
    throw new UsageError(error.message, error.code);
  }
}

async function sayReasons({ messages }: Context, reasons: readonly string[], report: ImportReport): Promise<void> {
  for (const reason of reasons) await messages.info(reason);
  const more = report.rejected + report.differs - reasons.length;
  if (reasons.length > 0 && more > 0) await messages.info(`${more} more: give --rejects a file to see all`);
  if (report.secondFactors > 0) {
    await messages.info(
      `${report.secondFactors} had a second factor, which is not imported: their password or identity alone signs them in`,
    );
  }
  if (report.read === 0 && report.complete) {
    await messages.info("Found no record: check that --from is the system that wrote this export");
  }
  if (report.suspectedGuests > 0) {
    // an account that is stored stays registered
    const advice = report.dryRun ? "give" : "delete them and import them again with";
    await messages.info(
      `${report.suspectedGuests} registered without any way to sign in: if they were guests, ${advice} --guests provider-less`,
    );
  }
}

function toProgress({ read, created }: ImportReport): string {
  return `${read} read, ${created} created`;
}

function toTable({ read, created, conflicts, complete, durationMs, ...rest }: ImportReport): Record<string, unknown> {
  const others = withoutZeros({ ...rest, ...prefixed("conflicts of ", conflicts) });
  return { read, created, ...others, complete, durationMs };
}

export default importAccounts;
