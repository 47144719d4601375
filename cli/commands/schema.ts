import { type Command, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { UsageError } from "../shared/errors.ts";

const schema: Command = command({
  description: "Print the SQL that makes the storage's tables, for a migration; the storage is not read",
  args: {},
  examples: [
    "anon schema --storage sqlite:./accounts.db",
    "anon schema --storage postgres://localhost/shop | psql shop",
  ],
  run: (_, context) =>
    withAnon(context, "schema", async ({ storage, place }) => {
      const sql = "schema" in storage ? storage.schema?.() : undefined;
      if (sql === undefined) {
        throw new UsageError(
          `Cannot print a schema of ${place.storage}: it has none, use sqlite: or postgres://`,
          "usage",
        );
      }
      await context.out.result({ sql }, () => sql.trimEnd());
    }),
});

export default schema;
