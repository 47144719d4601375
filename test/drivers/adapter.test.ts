import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { createStorage } from "unstorage";
import fsLite from "unstorage/drivers/fs-lite";
import lruCache from "unstorage/drivers/lru-cache";
import memory from "unstorage/drivers/memory";
import { adapt } from "../../storage-drivers/adapter.ts";
import { runSuite } from "./suite.ts";

const directories: string[] = [];
after(() => Promise.all(directories.map((path) => rm(path, { recursive: true, force: true }))));

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "anon-adapter-"));
  directories.push(path);
  return path;
}

runSuite("adapter over memory", { open: () => adapt(memory()) });
runSuite("adapter over lru-cache", { open: () => adapt(lruCache({ max: 200_000 })) });
runSuite("adapter over a Storage", { open: () => adapt(createStorage()), keys: 10_000 });
runSuite("adapter over fs-lite", {
  keys: 20_000,
  open: async () => adapt(fsLite({ base: await directory() })),
  reopen: () => adapt(fsLite({ base: directories.at(-1) as string })),
});
