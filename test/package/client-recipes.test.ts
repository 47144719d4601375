/** Runs the recipes of docs/client.md against a server: Vue with its own renderer, Expo with stand-ins for its modules. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { createRenderer, h, type Ref } from "vue";
import type { AnonClient, Session, SessionStore } from "../../sdk/client/index.ts";
import { startServer, until } from "../support/client.ts";
import { readText, root } from "./source-tree.ts";

// inside the repository, so that "anon-accounts…" resolves to the package itself
const folder = join(root, ".cache", `recipes-${process.pid}`);
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the block that imports a package as a module; returns its address. */
function moduleOf(imported: string, file: string, change: (code: string) => string = (code) => code): string {
  const blocks = [...readText("docs/client.md").matchAll(/^```[tj]s\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
  const code = blocks.find((one) => one.includes(`from "${imported}"`));
  assert.ok(code, imported);
  writeFileSync(join(folder, file), change(code));
  return pathToFileURL(join(folder, file)).href;
}

/** Installs a stand-in for a package that runs only on a device. */
function standIn(name: string, code: string): void {
  const at = join(folder, "node_modules", name);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "package.json"), JSON.stringify({ name, type: "module", exports: "./index.js" }));
  writeFileSync(join(at, "index.js"), code);
}

describe("docs/client.md", () => {
  it("has a composable for Vue that follows the session while its component is mounted", async () => {
    type UseSession = (client: { session: SessionStore }) => Ref<Session>;
    const { useSession } = (await import(moduleOf("vue", "vue.ts"))) as { useSession: UseSession };
    const server = await startServer();
    try {
      const client = server.open();
      const texts: string[] = [];
      interface Node {
        parent: Node | null;
      }
      const node = (): Node => ({ parent: null });
      const { createApp } = createRenderer<Node, Node>({
        patchProp: () => undefined,
        insert: (child, parent) => {
          child.parent = parent;
        },
        remove: () => undefined,
        createElement: node,
        createText: node,
        createComment: node,
        setText: () => undefined,
        setElementText: (_, text) => void texts.push(text),
        parentNode: ({ parent }) => parent,
        nextSibling: () => null,
      });
      const app = createApp({
        setup() {
          const session = useSession(client as never);
          return () => h("p", session.value.record?.id ?? session.value.status);
        },
      });
      app.mount(node());
      await until(() => texts.at(-1) === "signedOut");
      const { id } = await client.signInAnonymously();
      await until(() => texts.at(-1) === id);
      app.unmount();
      const before = texts.length;
      await client.signOut();
      assert.deepEqual([texts[0], texts.length], ["loading", before]);
    } finally {
      await server.stop();
    }
  });

  it("has a client for Expo that keeps the session in SecureStore, and asks when the app is active again", async () => {
    standIn("expo-crypto", "export const getRandomValues = (bytes) => crypto.getRandomValues(bytes);");
    standIn(
      "expo-secure-store",
      `export const texts = new Map();
      const check = (key) => { if (!/^[\\w.-]+$/.test(key)) throw new Error("Invalid key: " + key); };
      export const getItemAsync = async (key) => (check(key), texts.get(key) ?? null);
      export const setItemAsync = async (key, value) => {
        check(key);
        if (typeof value !== "string" || value.length > 2048) throw new Error("Invalid value");
        texts.set(key, value);
      };
      export const deleteItemAsync = async (key) => void texts.delete(key);`,
    );
    standIn(
      "react-native",
      `export const listeners = [];
      export const AppState = { addEventListener: (_, listener) => void listeners.push(listener) };`,
    );
    // a server for pages and apps
    const server = await startServer({ api: { cookies: true } });
    const clients: AnonClient[] = [];
    try {
      const address = moduleOf("expo-secure-store", "expo.js", (code) =>
        code.replace("https://shop.example/api", server.url),
      );
      const load = async (start: string): Promise<AnonClient> => {
        const { client } = (await import(`${address}?${start}`)) as { client: AnonClient };
        clients.push(client);
        return client;
      };
      const guest = await (await load("first")).signInAnonymously();
      const later = await load("second");
      assert.deepEqual((await later.refresh()).record, guest);
      const { listeners } = await import(pathToFileURL(join(folder, "node_modules/react-native/index.js")).href);
      await server.anon.admin.delete(guest.id);
      for (const listener of listeners) listener("active");
      await until(() => later.session.get().status === "signedOut");
    } finally {
      for (const client of clients) client.dispose();
      await server.stop();
    }
  });
});
