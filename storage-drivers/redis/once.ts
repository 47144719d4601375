/** A command that is executed at most once, whatever the client is set to. */
import type { Socket } from "node:net";
import type { Command } from "ioredis";
import { isConnectionError, isDivided, wasNotExecuted } from "./errors.ts";
import type { Argument } from "./scripts.ts";

type Reject = (error: Error) => void;

/** An ioredis command that can be given up, and is never executed a second time. */
export interface OnceCommand {
  readonly promise: Promise<unknown>;
  /** Where it was written; `undefined` while it waits. */
  socket: Socket | undefined;
  /** Why the last node that it was written to did not execute it; `undefined` once it is written again. */
  readonly refused: Error | undefined;
  /** It has its reply or was given up: it must not be written any more. */
  done: boolean;
  giveUp(error: Error): void;
}

export type OnceClass = new (name: string, args: readonly Argument[], options: { replyEncoding: null }) => OnceCommand;

/** Written in place of a command that must not be executed any more; its reply is dropped. */
const PING = "*1\r\n$4\r\nPING\r\n";

/**
 * ioredis resends commands after a lost connection (always in a cluster, by default elsewhere). A swap whose first run
 * succeeded would then answer false. So a command that was written is sent again only after the server itself said
 * that it had not executed it, and one that was given up while it waited is not sent at all.
 */
export function sendOnce(Base: typeof Command): OnceClass {
  // As a class of its own members only: TypeScript allows no accessor in place of the property `reject`.
  const Loose = Base as unknown as new (
    ...args: unknown[]
  ) => { promise: Promise<unknown>; toWritable(socket: object): string; transformReply(reply: unknown): unknown };

  class Once extends Loose {
    declare name: string;
    declare socket: Socket | undefined;
    declare refused: Error | undefined;
    declare done: boolean;
    declare giveUp: Reject;
    declare next: Reject;

    // Assigned by the constructor first, then by a cluster that puts its own redirection around it.
    set reject(reject: Reject) {
      this.giveUp ??= reject;
      this.next = reject;
    }

    get reject(): Reject {
      const { next } = this;
      return (error) => {
        if (wasNotExecuted(error)) {
          this.socket = undefined;
          this.refused = error;
        }
        if (this.done || (this.socket && isConnectionError(error)) || (this.name === "mget" && isDivided(error))) {
          this.giveUp(error);
        } else next.call(this, error);
      };
    }

    // not the client's: neither its `stringNumbers` nor what it sets as transformers of replies
    override transformReply(reply: unknown): unknown {
      return plain(reply);
    }

    override toWritable(socket: object): string {
      if (this.done || this.socket) {
        this.giveUp(new Error("Connection is closed."));
        return PING;
      }
      this.socket = socket as Socket;
      this.refused = undefined;
      return super.toWritable(socket);
    }
  }
  return Once as unknown as OnceClass;
}

/** A reply with its integers as numbers. Everything else in it is bytes, so a string is an integer of `stringNumbers`. */
function plain(reply: unknown): unknown {
  if (typeof reply === "string") return Number(reply);
  if (Array.isArray(reply)) {
    for (let i = 0; i < reply.length; i++) {
      const item: unknown = reply[i];
      if (typeof item === "string" || Array.isArray(item)) reply[i] = plain(item);
    }
  }
  return reply;
}
