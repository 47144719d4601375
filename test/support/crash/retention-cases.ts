/** Operations during which a process dies: holds, quarantines and gc. */
import assert from "node:assert/strict";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { Engine } from "../../../sdk/engine.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { deleteByRef } from "../../../sdk/operations/delete.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { hold } from "../../../sdk/operations/hold.ts";
import { inspect } from "../../../sdk/operations/inspect.ts";
import { release } from "../../../sdk/operations/release.ts";
import { restore } from "../../../sdk/operations/restore.ts";
import { HOUR, PASSWORD, type World } from "../world.ts";
import type { Case } from "./account-cases.ts";
import { FREE, RETENTION, type Scene } from "./scene.ts";

const WEEK = 7 * 24 * HOUR;
const DAY = 24 * HOUR;

const QUARANTINE: Partial<AnonOptions> = { quarantine: WEEK };
const WARNING: Partial<AnonOptions> = { quarantine: WEEK, warning: DAY, hooks: { beforeExpiry: () => undefined } };

const collecting = (engine: Engine) => gc(engine, { olderThan: RETENTION, batch: 1 });

async function idle(world: World): Promise<void> {
  world.now += RETENTION + 2 * HOUR;
}

async function quarantined(world: World): Promise<void> {
  await idle(world);
  assert.equal((await collecting(world.process())).quarantined, 1);
}

async function statusOf(world: World, { guest }: Scene) {
  const status = await inspect(world.process(), guest.id);
  return { held: Boolean(status?.hold), quarantined: Boolean(status?.quarantine) };
}

export const RETENTION_CASES: readonly Case[] = [
  {
    name: "hold",
    calls: 2,
    run: (engine, { guest }) => hold(engine, guest.id),
    check: async (world, scene, done) => done && assert((await statusOf(world, scene)).held),
  },
  {
    name: "hold in quarantine",
    calls: 2,
    settings: QUARANTINE,
    prepare: quarantined,
    run: (engine, { guest }) => hold(engine, guest.id),
    check: async (world, scene) => assert((await statusOf(world, scene)).quarantined),
  },
  {
    name: "release in quarantine",
    calls: 2,
    settings: QUARANTINE,
    prepare: async (world, { guest }) => {
      await quarantined(world);
      await hold(world.process(), guest.id);
    },
    run: (engine, { guest }) => release(engine, guest.id),
    check: async (world, scene) => assert((await statusOf(world, scene)).quarantined),
  },
  {
    name: "restore",
    calls: 2,
    settings: QUARANTINE,
    prepare: quarantined,
    run: (engine, { guest }) => restore(engine, guest.id),
    check: async (world, scene, done) => assert.equal((await statusOf(world, scene)).quarantined && done, false),
  },
  {
    name: "delete in quarantine",
    calls: 2,
    settings: QUARANTINE,
    prepare: quarantined,
    mayBeGone: ["guest"],
    run: (engine, { guest }) => deleteByRef(engine, guest.id),
  },
  {
    name: "gc that deletes",
    calls: 3,
    prepare: idle,
    mayBeGone: ["guest"],
    run: collecting,
  },
  {
    name: "gc that puts into quarantine",
    calls: 3,
    settings: QUARANTINE,
    prepare: idle,
    run: collecting,
    check: async (world, scene, done) => assert((await statusOf(world, scene)).quarantined || !done),
  },
  {
    name: "gc after the end of a quarantine",
    calls: 3,
    settings: QUARANTINE,
    async prepare(world) {
      await quarantined(world);
      world.now += WEEK;
    },
    mayBeGone: ["guest"],
    run: collecting,
  },
  {
    name: "gc that warns",
    calls: 3,
    settings: WARNING,
    async prepare(world) {
      world.now += RETENTION;
    },
    run: collecting,
    check: async (world, scene) =>
      assert(!(await statusOf(world, scene)).quarantined, "a guest that was just warned is not collected"),
  },
  {
    name: "gc after the warning period",
    calls: 3,
    settings: WARNING,
    async prepare(world) {
      await idle(world);
      assert.equal((await collecting(world.process())).warned, 1);
      world.now += DAY;
    },
    run: collecting,
  },
  {
    name: "convert of a guest that is on hold and was warned",
    calls: 5,
    settings: { ...WARNING, sessionTtl: "60d" },
    async prepare(world, { guest }) {
      await idle(world);
      assert.equal((await collecting(world.process())).warned, 1);
      await hold(world.process(), guest.id);
    },
    run: (engine, { guest }) => convert(engine, guest.token, { email: FREE, password: PASSWORD }),
    check: async (world, scene) => assert((await statusOf(world, scene)).held),
  },
];
