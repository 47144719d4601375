/** Sends one command to a Redis server without a client library. */
import { connect } from "node:net";

/** Resolves with the reply as a string, and rejects with the server's error. Nested replies are not supported. */
export function command(port, args) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (settle, value) => {
      socket.destroy();
      settle(value);
    };
    socket.setEncoding("utf8");
    socket.setTimeout(2000, () => finish(reject, new Error("Redis did not reply within 2 s")));
    socket.on("error", (error) => finish(reject, error));
    socket.on("close", () => reject(new Error("Redis closed the connection")));
    socket.on("data", (data) => {
      text += data;
      const end = text.indexOf("\r\n");
      if (end < 0) return;
      const line = text.slice(1, end);
      if (text[0] === "-") finish(reject, new Error(line));
      else if (text[0] !== "$" || line === "-1") finish(resolve, line);
      else if (text.length >= end + 2 + Number(line) + 2) finish(resolve, text.slice(end + 2, -2));
    });
    const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
    socket.write(`*${args.length}\r\n${parts.join("")}`);
  });
}
