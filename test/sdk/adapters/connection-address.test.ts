import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { after, describe, it } from "node:test";
import { connectionAddress, noteAddresses } from "../../../sdk/adapters/connection-address.ts";

// Bun has the channel, and publishes no requests on it
const publishes = !("bun" in process.versions);

describe("the address of a connection", () => {
  const server = createServer(async (_request, response) => {
    noteAddresses();
    await new Promise(setImmediate);
    response.end(String(connectionAddress()));
  });
  after(() => server.close());

  async function seenFrom(localAddress: string): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const sent = request({ host: "127.0.0.1", port, localAddress, agent: false });
    const responded = once(sent, "response");
    sent.end();
    const [response] = await responded;
    let text = "";
    for await (const chunk of response) text += chunk;
    return text;
  }

  it("is unknown in the request that begins to note addresses, then that of each client", async () => {
    assert.equal(connectionAddress(), undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    assert.equal(await seenFrom("127.0.0.1"), publishes ? "unknown" : "undefined");
    const other = process.platform === "linux" ? "127.0.0.2" : "127.0.0.1";
    const seen = await Promise.all(["127.0.0.1", other, "127.0.0.1"].map(seenFrom));
    assert.deepEqual(seen, publishes ? ["127.0.0.1", other, "127.0.0.1"] : ["undefined", "undefined", "undefined"]);
  });
});
