/** One Redis or cluster: connects on first use, answers or fails every command within the timeout. */
import type { Socket } from "node:net";
import type { Cluster, Command, Redis } from "ioredis";
import { DriverError } from "../shared/driver-error.ts";
import { isConnectionError, toDriverError } from "./errors.ts";
import { type OnceClass, sendOnce } from "./once.ts";
import { clusterOptions, type Plan } from "./options.ts";
import type { Script } from "./scripts.ts";

/** A command that reached no server, so sending it again cannot do anything twice. */
class Unsent extends Error {}

/** How long to wait before a command that reached no server is sent again: a connection may be coming back. */
const RESEND_MS = 20;

type Client = Redis | Cluster;
type Argument = string | number;

export class Connection {
  readonly #plan: Plan;
  readonly #own: boolean;
  #client: Client | undefined;
  #Command: OnceClass | undefined;
  #loading: Promise<void> | undefined;
  #pending = 0;
  #idle: (() => void) | undefined;
  #closed = false;
  #reason: string | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#own = plan.client === undefined;
  }

  /** Whether commands are for one slot each. Known once {@link open} was awaited. */
  get isCluster(): boolean {
    return this.#plan.nodes !== undefined || this.#plan.client?.isCluster === true;
  }

  /** Whether no command is under way. */
  get isIdle(): boolean {
    return this.#pending === 0;
  }

  /** Whether ioredis is loaded. */
  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  get client(): Client {
    if (!this.#client) throw this.#disposed();
    return this.#client;
  }

  check(): void {
    if (this.#closed) throw this.#disposed();
  }

  /** Loads ioredis, which costs 34 ms, when the first call needs it. */
  open(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Sends a write: at most once, and when its outcome is unknown it rejects. */
  write(script: Script, args: Argument[]): Promise<unknown> {
    return this.#script(script, args, Date.now() + this.#plan.timeout);
  }

  /** Sends a command that changes nothing; a lost connection is tried once more. */
  async read(name: string, args: Argument[], node?: Redis): Promise<unknown> {
    const deadline = Date.now() + this.#plan.timeout;
    try {
      return await this.#send(name, args, deadline, node);
    } catch (error) {
      if (node || !isConnectionError(error)) throw this.#fail(error);
    }
    return this.#send(name, args, deadline).catch((error) => Promise.reject(this.#fail(error)));
  }

  /** Sends a script that changes nothing. */
  async readScript(script: Script, args: Argument[]): Promise<unknown> {
    return this.#script(script, args, Date.now() + this.#plan.timeout);
  }

  /** Waits for what is under way, which the timeout bounds, then closes what was opened here. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#loading?.catch(() => undefined);
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    if (this.#own) this.#client?.disconnect();
    this.#client = undefined;
  }

  async #load(): Promise<void> {
    const ioredis = await import("ioredis");
    this.#Command = sendOnce(ioredis.Command);
    if (this.#plan.client) {
      this.#client = this.#plan.client;
      return;
    }
    const { nodes, redis } = this.#plan;
    const client: Client = nodes ? new ioredis.Cluster(nodes, clusterOptions(this.#plan)) : new ioredis.Redis(redis);
    const note = (error: unknown) => {
      const last = (error as { lastNodeError?: unknown }).lastNodeError ?? error;
      if (last instanceof Error) this.#reason = last.message;
    };
    client.on("error", note);
    client.on("node error", note);
    client.on("ready", () => (this.#reason = undefined));
    this.#client = client;
  }

  async #script(script: Script, args: Argument[], deadline: number): Promise<unknown> {
    try {
      return await this.#send("evalsha", [script.sha, ...args], deadline);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw this.#fail(error);
    }
    // Not executed: the server was restarted or its scripts flushed.
    return this.#send("eval", [script.text, ...args], deadline).catch((error) => Promise.reject(this.#fail(error)));
  }

  /** Sends a command; one that reached no server again for a quarter of the timeout, and no longer: who waits is many. */
  async #send(name: string, args: Argument[], deadline: number, node?: Redis): Promise<unknown> {
    const patience = deadline - (this.#plan.timeout * 3) / 4;
    for (;;) {
      try {
        return await this.#sendOnce(name, args, deadline, node);
      } catch (error) {
        if (!(error instanceof Unsent)) throw error;
        if (this.#closed || Date.now() + RESEND_MS > patience) throw error.cause;
      }
      await new Promise((resume) => setTimeout(resume, RESEND_MS));
    }
  }

  #sendOnce(name: string, args: Argument[], deadline: number, node?: Redis): Promise<unknown> {
    const Class = this.#Command;
    if (!Class || !this.#client) return Promise.reject(this.#disposed());
    const client = this.#client;
    const command = new Class(name, args as string[], { replyEncoding: null });
    this.#pending++;
    const timer = setTimeout(
      () => {
        const why = this.#reason === undefined ? "" : ` (${this.#reason})`;
        const { where, timeout } = this.#plan;
        command.giveUp(new DriverError("unavailable", `Redis at ${where} did not answer within ${timeout} ms${why}`));
        if (this.#own) hangUp(client, command.socket);
      },
      Math.max(1, deadline - Date.now()),
    );
    const finish = () => {
      command.done = true;
      clearTimeout(timer);
      if (--this.#pending === 0) this.#idle?.();
    };
    const sent = (node ?? client).sendCommand(command as unknown as Command) as Promise<unknown>;
    return (command.promise ?? sent).then(
      (reply) => {
        finish();
        return reply;
      },
      (error) => {
        finish();
        if (!isConnectionError(error)) throw error;
        refresh(client);
        // of several commands one error may tell, so it is not the error that knows which was sent
        throw command.socket ? error : new Unsent("not sent", { cause: error });
      },
    );
  }

  #fail(error: unknown): DriverError {
    return toDriverError(error, this.#plan.where, this.#reason);
  }

  #disposed(): DriverError {
    return new DriverError("closed", "Cannot use this redis driver: it was disposed of");
  }
}

/** Ends a connection that does not answer, so that the next call gets a new one. */
function hangUp(client: Client, socket: Socket | undefined): void {
  if (socket) {
    socket.destroy();
    return;
  }
  const nodes = client.isCluster ? (client as Cluster).nodes("all") : [client as Redis];
  for (const node of nodes) if (node.status === "connect") node.stream?.destroy();
}

/** Asks a cluster who serves what now: a lost connection may be a failover. */
function refresh(client: Client): void {
  if (client.isCluster && client.status === "ready") (client as Cluster).refreshSlotsCache();
}
