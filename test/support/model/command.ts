/** Shared by the commands of the model. */
import fc from "fast-check";
import { HOUR } from "../sdk.ts";
import type { Real } from "./real.ts";
import type { ModelToken } from "./shapes.ts";
import type { Model } from "./state.ts";

/** One command with its input. */
export type ModelCommand = fc.AsyncCommand<Model, Real>;

/** How many commands were run, and how often each rare event happened: an event that never happens is not tested. */
export const counters = {
  commands: 0,
  merged: 0,
  resumed: 0,
  exchanged: 0,
  forwarded: 0,
  forgotten: 0,
  confirmed: 0,
  handedOver: 0,
};

/** A kind of command: its input, and what it does to the model and the SDK. */
export function command<T>(
  name: string,
  input: fc.Arbitrary<T>,
  run: (model: Model, real: Real, input: T) => Promise<void>,
): fc.Arbitrary<ModelCommand> {
  return input.map((value) => ({
    // every reference resolves, at worst to an unknown id or token
    check: () => true,
    async run(model, real) {
      counters.commands++;
      await run(model, real, value);
    },
    toString: () => `${name}(${JSON.stringify(value)})`,
  }));
}

/** An index that counts back from the newest item of a list, and prefers recent ones. */
export const back: fc.Arbitrary<number> = fc.oneof(fc.nat(3), fc.nat(30));

/** The caller: the owner with a token, or the application with an id. */
export type Who = { token: number } | { id: number };

export const who: fc.Arbitrary<Who> = fc.oneof(fc.record({ token: back }), fc.record({ id: back }));

/** The same caller for the model and for the SDK. */
export function resolve(model: Model, by: Who): { forModel: ModelToken | string; forSdk: string | { id: string } } {
  if ("id" in by) return { forModel: model.id(by.id), forSdk: { id: model.id(by.id) } };
  const token = model.token(by.token);
  return { forModel: token, forSdk: token.text };
}

/** Milliseconds to weeks, not only whole units; the longer the rarer. */
export const span: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 2_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * 60_000) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 48 }).map((hours) => hours * HOUR) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 28 }).map((days) => days * 24 * HOUR + (days % 3)) },
);

/** Repeats a kind that other commands depend on, or that is usually refused. */
export function often(kind: fc.Arbitrary<ModelCommand>): fc.Arbitrary<ModelCommand>[] {
  return new Array(4).fill(kind);
}
