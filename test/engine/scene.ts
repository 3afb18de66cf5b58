// A box with tenants, a daemon on it and a clock that a test moves: what the tests of the scheduler's parts begin with.

import { DEFAULT_CONSTANTS, type PolicyConstants } from '../../src/domain/policy-constants.ts';
import type { CgroupSample } from '../../src/domain/usage.ts';
import { addTenant, type NewTenant } from '../../src/engine/add.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { healAll, healCut } from '../../src/engine/heal.ts';
import { placeOf } from '../../src/engine/observe.ts';
import { resume } from '../../src/engine/resume.ts';
import { runTick } from '../../src/engine/tick.ts';
import type { Unenforceable } from '../../src/ports/cgroups.ts';
import { type Box, createBox, createWork } from '../fakes/engine.ts';

export const work = createWork('daemon');

/** A penalty follows after two seconds of the worst, and lasts ten; the guard's first step after two seconds of a stall. */
export const QUICK: PolicyConstants = {
  ...DEFAULT_CONSTANTS,
  score: { ...DEFAULT_CONSTANTS.score, fillMs: 2000 },
  ladder: {
    ...DEFAULT_CONSTANTS.ladder,
    tiers: DEFAULT_CONSTANTS.ladder.tiers.map((tier) => ({ ...tier, ms: 10_000 })),
    endMs: 10_000,
  },
  guard: { ...DEFAULT_CONSTANTS.guard, stallMs: 2000, stepMs: 1000, kills: 1 },
};

export const NO_PRESSURE = { cpuSomeUsec: 0, memorySomeUsec: 0, memoryFullUsec: 0, ioSomeUsec: 0, ioFullUsec: 0 };

export interface Scene {
  readonly box: Box;
  engine: Engine;
  /** What the counters of each tenant show; see `use`. */
  readonly counters: Map<string, Partial<CgroupSample>>;
  /** Ticks so far. */
  ticks: number;
}

export interface SceneOptions {
  readonly tenants?: readonly (Omit<NewTenant, 'name'> & { readonly name: string })[];
  readonly constants?: PolicyConstants;
  readonly unenforceable?: Unenforceable;
}

export const createScene = async (options: SceneOptions = {}): Promise<Scene> => {
  const { tenants = [{ name: 'alice' }], constants = QUICK, unenforceable } = options;
  const box = createBox({ constants, ...(unenforceable && { unenforceable }) });
  const engine = box.boot();
  for (const tenant of tenants) await addTenant(engine, { overcommit: true, ...tenant }, work);
  return { box, engine, counters: new Map(), ticks: 0 };
};

export const placeIn = ({ box }: Scene, name = 'alice') => placeOf(box.config, name);

/** Sets the counters of a tenant; pressure is a part of the whole. */
export const setCounters = (scene: Scene, name: string, change: Partial<Omit<CgroupSample, 'at'>>): void => {
  const next = { ...scene.counters.get(name), ...change };
  scene.counters.set(name, next);
  scene.box.cgroups.setUse(placeIn(scene, name), next);
};

/** Adds to the counters of a tenant, as so much use between two ticks. */
export const use = (scene: Scene, name: string, cpuUsec: number, stalledUsec = 0): void => {
  const { cpuUsec: cpu = 0, pressure } = scene.counters.get(name) ?? {};
  const { cpuSomeUsec, ...rest } = pressure ?? NO_PRESSURE;
  setCounters(scene, name, {
    cpuUsec: cpu + cpuUsec,
    pressure: { ...rest, cpuSomeUsec: cpuSomeUsec + stalledUsec },
  });
};

/** A tick and the second after it; what sleeps goes on while the clock moves, all else has ended. */
export const tick = async (scene: Scene, count = 1, before: () => void = () => undefined): Promise<void> => {
  for (let n = 0; n < count; n++) {
    before();
    void Promise.all(runTick(scene.engine, scene.ticks++, work));
    await scene.box.clock.advance(1000);
  }
};

/** The daemon is killed, and another one starts on the box. */
export const restartDaemon = async (scene: Scene): Promise<void> => {
  scene.engine = scene.box.boot();
  await resume(scene.engine, work);
  await healCut(scene.engine, work);
  await healAll(scene.engine, work);
};

/** alice takes all of the house while bob waits: after some seconds she is at 100. */
export const hurtBob = (scene: Scene): void => {
  use(scene, 'alice', 1_900_000);
  use(scene, 'bob', 10_000, 900_000);
};

/** `enforce` the ladder up to its end, beginning at the last step. */
export const climb = async (scene: Scene, occurrences: number): Promise<void> => {
  await tick(scene, 1, () => hurtBob(scene));
  const state = scene.engine.scheduler.states['alice'];
  if (!state) throw new Error('alice was never decided on');
  scene.engine.scheduler.states['alice'] = { ...state, occurrences, forgetAt: scene.box.clock.now() + 3_600_000 };
  for (let n = 0; n < 10 && !scene.engine.scheduler.states['alice']?.penalty; n++)
    await tick(scene, 1, () => hurtBob(scene));
};

export const fileOf = (scene: Scene, file: string, name = 'alice'): string | undefined =>
  scene.box.cgroups.groups.get(placeIn(scene, name).root)?.files.get(file);
