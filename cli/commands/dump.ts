import { resolve } from "node:path";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { printable } from "../shared/errors.ts";
import { failedEntries } from "../shared/failed-entries.ts";
import { checkCollection, looksEmpty, realPath, sayEmpty, sayPlace, storedPartOf } from "../shared/place.ts";

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
    const { checkDumpFile, partOfDump, writeDumpFile } = await import("../shared/dump-file.ts");
    // a link to a larger disk stays one
    const path = realPath(resolve(context.io.cwd, file));
    const isStdout = file === "-";
    if (!isStdout) checkDumpFile(path, file, overwrite);
    // what is on stdout has no end, which its reader notices: an interrupt need not wait for a reader that is stuck
    const signal = isStdout ? undefined : context.io.interruptible();
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
          // on a terminal the dump itself is the progress
          if (!(isStdout && context.io.stdout.isTTY)) messages.progress(`${entries} dumped`);
        },
        onFailed: (one) => {
          failures++;
          failed.add(one);
        },
      });
      const fateOf = () => (signal?.aborted ? "interrupted" : failures > 0 ? "lacking" : "whole");
      try {
        if (isStdout) for await (const text of texts) await out.line(text.slice(0, -1));
        else await writeDumpFile(path, file, texts, fateOf);
      } finally {
        await messages.endProgress();
      }
      await failed.say(messages);
      if (signal?.aborted) {
        await messages.info(`Interrupted: ${printable(file)} was not written, run the command again`);
        return 130;
      }
      const complete = failures === 0;
      const written = complete ? file : partOfDump(file);
      if (!isStdout) {
        const report = {
          ...storedPartOf(place, collection),
          file: written,
          entries: count,
          failed: failures,
          complete,
        };
        await out.result(report, () => `Dumped ${count} entries to ${printable(written)}`);
      }
      if (!complete) {
        const where = isStdout ? "" : `: what could be read is in ${printable(written)}, not in ${printable(file)}`;
        await messages.error(`Cannot dump ${failures} of ${count + failures} entries${where}`);
      }
      await sayPlace(messages, storedPartOf(place, collection));
      if (collection !== undefined && count === 0 && (await looksEmpty(anon, place, collection))) {
        await sayEmpty(messages, place, collection);
      }
      await messages.info(
        "It holds no secret of tokens, but hashes of passwords and sessions: keep it as safe as the storage",
      );
      return complete ? undefined : 1;
    });
  },
});

export default dump;
