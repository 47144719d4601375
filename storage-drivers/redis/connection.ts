/** One Redis or cluster: connects on first use, completes or fails every command within the timeout. */
import type { Socket } from "node:net";
import type { Cluster, Command, Redis } from "ioredis";
import { DriverError } from "../shared/driver-error.ts";
import { Deadlines } from "./deadlines.ts";
import {
  delayOf,
  isConnectionError,
  isDemoted,
  isDivided,
  isReply,
  reasonOf,
  toDriverError,
  wasRedirected,
} from "./errors.ts";
import { type OnceClass, type OnceCommand, sendOnce } from "./once.ts";
import { clusterOptions, type Plan } from "./options.ts";
import type { Argument, Script } from "./scripts.ts";

/** How long to wait before a command that reached no server is sent again: a connection may be coming back. */
const RESEND_MS = 20;

/** The longest pause between two attempts while a slot of a cluster moves. */
const MOVING_MS = 200;

type Client = Redis | Cluster;

/** A command on its way, with all that decides whether it may be sent again. */
interface Call {
  name: string;
  args: Argument[];
  deadline: number;
  /** The node to ask; in a cluster the keys decide when it is left out. */
  node: Redis | undefined;
  /** To be sent in full to a server that does not know it. */
  script: Script | undefined;
  /** It changes nothing: after a lost connection it may be sent once more. */
  repeatable: boolean;
  /** A refusal by the server counts as a reply. */
  refusable: boolean;
  /** How often a cluster redirected it more often than the client follows. */
  redirected: number;
  command: OnceCommand | undefined;
  /** The last refusal of an attempt: it explains the timeout of a later one, which may still be on its way. */
  refused: Error | undefined;
  resolve: (reply: unknown) => void;
  reject: (error: Error) => void;
}

export class Connection {
  readonly #plan: Plan;
  readonly #own: boolean;
  readonly #pending: Deadlines<Call>;
  #client: Client | undefined;
  #Command: OnceClass | undefined;
  #loading: Promise<void> | undefined;
  #isOpen = false;
  #idle: (() => void) | undefined;
  #closed = false;
  #reason: string | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#pending = new Deadlines(plan.timeout, (call) => this.#expire(call));
    this.#own = plan.client === undefined;
  }

  /** Whether commands are for one slot each. */
  get isCluster(): boolean {
    return this.#plan.nodes !== undefined || this.#plan.client?.isCluster === true;
  }

  /** Whether no command is under way. */
  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** Whether commands may be sent without {@link open}. */
  get isOpen(): boolean {
    return this.#isOpen;
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
    this.#loading ??= this.#prepare().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #prepare(): Promise<void> {
    if (!this.#client) await this.#load();
    const { db } = this.#plan.redis;
    // where the server refuses it, ioredis would go on with database 0
    if (db) await this.read("select", [db]);
    this.#isOpen = true;
  }

  /** Sends a write: at most once, and when its outcome is unknown it rejects. */
  write(script: Script, args: Argument[]): Promise<unknown> {
    return this.#call("evalsha", [script.sha, ...args], false, script);
  }

  /** Sends a write that the server may refuse: its reply is then `undefined`. */
  attempt(script: Script, args: Argument[]): Promise<unknown> {
    return this.#call("evalsha", [script.sha, ...args], false, script, undefined, true);
  }

  /** Sends a command that changes nothing; a lost connection is tried once more. */
  read(name: string, args: Argument[], node?: Redis): Promise<unknown> {
    return this.#call(name, args, node === undefined, undefined, node);
  }

  /** Sends a script that changes nothing. */
  readScript(script: Script, args: Argument[]): Promise<unknown> {
    return this.#call("evalsha", [script.sha, ...args], true, script);
  }

  /** The error of a refused call, or of one item of many. A server that is no longer the master is left for the new one. */
  refusal(error: unknown): DriverError {
    const client = this.#client;
    if (client && error instanceof Error && isDemoted(error)) leave(client);
    return toDriverError(error, this.#plan.where, this.#reason);
  }

  /** Waits for what is under way, which the timeout bounds, then closes what was opened here. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#loading?.catch(() => undefined);
    while (this.#pending.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#pending.stop();
    if (this.#own) this.#client?.disconnect();
    this.#client = undefined;
  }

  async #load(): Promise<void> {
    const ioredis = await loadClient();
    this.#Command = sendOnce(ioredis.Command);
    if (this.#plan.client) {
      this.#client = this.#plan.client;
      return;
    }
    const { nodes, redis } = this.#plan;
    const client: Client = nodes ? new ioredis.Cluster(nodes, clusterOptions(this.#plan)) : new ioredis.Redis(redis);
    const note = (error: unknown) => {
      const last = (error as { lastNodeError?: unknown }).lastNodeError ?? error;
      if (last instanceof Error) this.#reason = reasonOf(last);
    };
    client.on("error", note);
    client.on("node error", note);
    client.on("ready", () => (this.#reason = undefined));
    // A failover that is announced while ioredis asks for the master makes it give up for good.
    client.on("end", () => {
      if (!this.#closed) setTimeout(() => this.#revive(client), MOVING_MS).unref();
    });
    this.#client = client;
  }

  #revive(client: Client): void {
    if (!this.#closed && client.status === "end") client.connect().catch(() => undefined);
  }

  /** One promise for all that may become of it: several around each other would be felt in every sign-in. */
  #call(
    name: string,
    args: Argument[],
    repeatable: boolean,
    script?: Script,
    node?: Redis,
    refusable = false,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const deadline = this.#pending.now + this.#plan.timeout;
      const call: Call = {
        name,
        args,
        deadline,
        node,
        script,
        repeatable,
        refusable,
        redirected: 0,
        command: undefined,
        refused: undefined,
        resolve,
        reject,
      };
      this.#pending.add(call);
      this.#send(call);
    });
  }

  #send(call: Call): void {
    const Class = this.#Command;
    const client = this.#client;
    if (!Class || !client) {
      this.#reject(call, this.#disposed());
      return;
    }
    const command = new Class(call.name, call.args, { replyEncoding: null });
    call.refused = call.command?.refused ?? call.refused;
    call.command = command;
    try {
      (call.node ?? client).sendCommand(command as unknown as Command);
    } catch (error) {
      command.giveUp(error instanceof Error ? error : new Error(String(error)));
    }
    command.promise.then(
      (reply) => {
        command.done = true;
        this.#settle(call);
        call.resolve(reply);
      },
      (error) => {
        command.done = true;
        this.#failed(call, command, client, error);
      },
    );
  }

  /** A call is pending until then, also while it is sent once more. */
  #settle(call: Call): void {
    this.#pending.remove(call);
    if (this.#pending.size === 0) this.#idle?.();
  }

  #reject(call: Call, error: Error): void {
    this.#settle(call);
    call.reject(error);
  }

  #failed(call: Call, { socket }: OnceCommand, client: Client, error: unknown): void {
    const { now } = this.#pending;
    if (now < call.deadline && call.script && error instanceof Error && error.message.startsWith("NOSCRIPT")) {
      // Not executed: the server was restarted or its scripts flushed.
      call.name = "eval";
      call.args[0] = call.script.text;
      call.script = undefined;
      this.#send(call);
      return;
    }
    if (client.isCluster && wasRedirected(error)) {
      this.#redirect(call, client, error);
      return;
    }
    if (!isConnectionError(error)) {
      if (!call.refusable || !isReply(error)) {
        this.#reject(call, this.refusal(error));
        return;
      }
      this.#settle(call);
      call.resolve(undefined);
      return;
    }
    refresh(client);
    // Several commands may get one error, so it does not show which of them reached a server. One that did not is sent
    // again for a quarter of the timeout, and no longer, because many callers wait.
    const patience = call.deadline - (this.#plan.timeout * 3) / 4;
    if (!socket && !this.#closed && now + RESEND_MS <= patience) {
      setTimeout(() => this.#send(call), RESEND_MS);
    } else if (call.repeatable && now < call.deadline) {
      call.repeatable = false;
      this.#send(call);
    } else {
      this.#reject(call, this.refusal(error));
    }
  }

  /** Sends once more what no node executed, until the slot has arrived. */
  #redirect(call: Call, client: Client, error: unknown): void {
    if (call.name === "mget" && call.args.length > 1 && isDivided(error)) {
      // a key alone can be read wherever it is
      const alone = Promise.all(call.args.map((name) => this.read("mget", [name])));
      alone.then((replies) => call.resolve(replies.flat()), call.reject);
      this.#settle(call);
      return;
    }
    refresh(client);
    const again = (): void => {
      if (!this.#closed && this.#pending.now < call.deadline) this.#send(call);
      else this.#reject(call, this.refusal(error));
    };
    const pause = Math.min(RESEND_MS * 2 ** call.redirected++, MOVING_MS, call.deadline - this.#pending.now);
    setTimeout(again, Math.max(0, pause));
  }

  #expire({ command, ...call }: Call): void {
    const refused = command?.refused ?? call.refused;
    const reason = refused ? delayOf(refused) : this.#reason;
    const why = reason === undefined ? "" : ` (${reason})`;
    const { where, timeout } = this.#plan;
    command?.giveUp(new DriverError("unavailable", `Redis at ${where} did not answer within ${timeout} ms${why}`));
    if (this.#own && this.#client) hangUp(this.#client, command?.socket);
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

/** Connections that were left: of many commands that are refused at once only the first leaves. */
const left = new WeakSet<object>();

/** Connects again, which finds the present master. Calls that are under way on the old connection still get their replies. */
function leave(client: Client): void {
  if (client.isCluster) {
    refresh(client);
    return;
  }
  const { status, stream } = client as Redis;
  if (status !== "ready" || left.has(stream)) return;
  left.add(stream);
  (client as Redis).disconnect(true);
}

/** Asks a cluster which node serves which slots now: a lost connection may be a failover. */
function refresh(client: Client): void {
  if (client.isCluster && client.status === "ready") (client as Cluster).refreshSlotsCache();
}

/** ioredis is an optional peer: an application without Redis does not install it. */
async function loadClient() {
  try {
    return await import("ioredis");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new DriverError("unavailable", "Cannot use Redis without its client: npm install ioredis");
  }
}
