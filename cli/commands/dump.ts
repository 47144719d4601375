import { resolve } from "node:path";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { printable } from "../shared/errors.ts";
import { failedEntries } from "../shared/failed-entries.ts";
import { checkCollection, looksEmpty, partOf, sayEmpty, sayPlace } from "../shared/place.ts";

const dump: Command = command({
  description: "Write all accounts to a file, as a backup that anon load stores again. Keep it secret",
  args: {
    file: {
      type: "positional",
      valueHint: "file | -",
      description: "Where to, compressed if its name ends in .gz or .zst; - for stdout",
    },
    collection: collectionFlag("Only this collection (default all)"),
    overwrite: { type: "boolean", description: "Replace the file, if it exists" },
  },
  examples: [
    "anon dump accounts.jsonl.gz",
    "anon dump - --storage redis://127.0.0.1:6379 | gpg -e -r ops > accounts.jsonl.gpg",
  ],
  run: async ({ file, collection, overwrite }, context) => {
    const { messages, out } = context;
    const { checkDumpFile, writeDumpFile } = await import("../shared/dump-file.ts");
    const path = resolve(context.io.cwd, file);
    if (file !== "-") checkDumpFile(path, file, overwrite);
    // before the storage is opened: an interrupt meanwhile must not lose the report
    const signal = context.io.interruptible();
    return withAnon(context, "none", async ({ anon, storage, place }) => {
      await checkCollection(anon, collection);
      const { dump } = await import("../../sdk/transfer/index.ts");
      const { adapt } = await import("../../storage-drivers/open.ts");
      const failed = failedEntries("dump");
      let failures = 0;
      let count = 0;
      const texts = dump(adapt(storage), {
        collection,
        signal,
        onProgress: (entries) => {
          count = entries;
          if (file !== "-") messages.progress(`${entries} dumped`);
        },
        onFailed: (one) => {
          failures++;
          failed.add(one);
        },
      });
      try {
        if (file === "-") for await (const text of texts) await out.line(text.slice(0, -1));
        else await writeDumpFile(path, file, texts, () => !signal.aborted);
      } finally {
        await messages.endProgress();
      }
      await failed.say(messages);
      if (signal.aborted) return 130;
      const report = { ...partOf(place, collection), entries: count, failed: failures };
      if (file !== "-") await out.result(report, () => `Dumped ${count} entries to ${printable(file)}`);
      await sayPlace(messages, partOf(place, collection));
      if (collection !== undefined && count === 0 && (await looksEmpty(anon, place, collection))) {
        await sayEmpty(messages, place, collection);
      }
      await messages.info(
        "It holds no secret of tokens, but hashes of passwords and sessions: keep it as safe as the storage",
      );
      return failures > 0 ? 1 : undefined;
    });
  },
});

export default dump;
