/** What all commands of the model are made of. */
import fc from "fast-check";
import { HOUR } from "../sdk.ts";
import type { Real } from "./real.ts";
import type { ModelToken } from "./shapes.ts";
import type { Model } from "./state.ts";

/** One command with its input. */
export type ModelCommand = fc.AsyncCommand<Model, Real>;

/** How many commands were run, all together, and how often what is rare: what never happens is not tested. */
export const ran = {
  commands: 0,
  merged: 0,
  resumed: 0,
  exchanged: 0,
  forwarded: 0,
  forgotten: 0,
  confirmed: 0,
  handedOver: 0,
};

/** A kind of command: what it is given, and what it does to both. */
export function command<T>(
  name: string,
  input: fc.Arbitrary<T>,
  run: (model: Model, real: Real, input: T) => Promise<void>,
): fc.Arbitrary<ModelCommand> {
  return input.map((value) => ({
    // whatever is named is there, if only as something that never was
    check: () => true,
    async run(model, real) {
      ran.commands++;
      await run(model, real, value);
    },
    toString: () => `${name}(${JSON.stringify(value)})`,
  }));
}

/** Counts back from the newest of a list, to new ones more often. */
export const back: fc.Arbitrary<number> = fc.oneof(fc.nat(3), fc.nat(30));

/** By whom something is done: a token, or whoever runs the application. */
export type Who = { token: number } | { id: number };

export const who: fc.Arbitrary<Who> = fc.oneof(fc.record({ token: back }), fc.record({ id: back }));

/** What the model and what the SDK is told. */
export function resolve(model: Model, by: Who): { mine: ModelToken | string; theirs: string | { id: string } } {
  if ("id" in by) return { mine: model.id(by.id), theirs: { id: model.id(by.id) } };
  const token = model.token(by.token);
  return { mine: token, theirs: token.text };
}

/** From milliseconds to weeks, and not only whole ones; the longer the rarer. */
export const span: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 2_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * 60_000) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 48 }).map((hours) => hours * HOUR) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 28 }).map((days) => days * 24 * HOUR + (days % 3)) },
);

/** A kind that is to come more often than others: what most depends on, or is refused most of the time. */
export function often(kind: fc.Arbitrary<ModelCommand>): fc.Arbitrary<ModelCommand>[] {
  return new Array(4).fill(kind);
}
