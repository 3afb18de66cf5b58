// The score: who is hurt and by whom, how fast it fills and empties, and what does not feed it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import type { HouseFrame, TenantFrame } from '../../src/domain/policy-types.ts';
import { advanceScore, findHurt, memoryLimitOf, severityOf, worstOf } from '../../src/domain/score.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { CORE, makeConfig, makeFrame, makeTenantFrame } from './policy-values.ts';

const constants = DEFAULT_CONSTANTS.score;
const config = makeConfig({ alice: {}, bob: {}, carol: {} });
const shares = { alice: 1 / 3, bob: 1 / 3, carol: 1 / 3 };

const viewOf = (frame: HouseFrame, over = config) => ({ frame, config: over, shares, states: {} });
const hurtOf = (frame: HouseFrame) => findHurt(viewOf(frame), constants);
const severities = (frame: HouseFrame, name: string) =>
  severityOf(name, frame.tenants[name] ?? makeTenantFrame(), 1 / 3, { hurt: hurtOf(frame), frame, config, constants });

const greedy = { cpuUsec: 1.6 * CORE };

test('a neighbour below its share with pressure is hurt; at its share, or held by its own cap, it is not', () => {
  const cases: [Partial<TenantFrame>, number][] = [
    [{ cpuUsec: 0.3 * CORE, cpuPressure: 250 }, 0.5],
    [{ cpuUsec: 0.3 * CORE, cpuPressure: 900 }, 1],
    [{ cpuUsec: 0.3 * CORE, cpuPressure: 99 }, 0],
    [{ cpuUsec: 0.66 * CORE, cpuPressure: 900 }, 0],
    [{ cpuUsec: 0.3 * CORE, cpuPressure: 900, throttled: 100 }, 0],
    [{ up: 'frozen', cpuUsec: 0, cpuPressure: 900 }, 0],
  ];
  for (const [bob, degree] of cases) {
    const { cpu } = hurtOf(makeFrame({ alice: greedy, bob, carol: {} }));
    assert.equal(cpu.worst?.degree ?? 0, degree, JSON.stringify(bob));
  }
});

test('without PSI a neighbour is hurt when the house is full and it is doing something below its share', () => {
  const noPsi = { cpuPressure: -1, memoryPressure: -1, memoryFull: -1, ioPressure: -1 };
  const degree = (alice: number, bob: number): number =>
    hurtOf(makeFrame({ alice: { ...noPsi, cpuUsec: alice * CORE }, bob: { ...noPsi, cpuUsec: bob * CORE } })).cpu.worst
      ?.degree ?? 0;
  assert.equal(degree(1.7, 1 / 3), 0.5);
  assert.equal(degree(1.5, 1 / 3), 0, 'the house is not full');
  assert.equal(degree(1.95, 0.05), 0, 'bob is idle: what he owns is lent');
  assert.equal(degree(1.35, 0.65), 0, 'bob has his share');
  const loads = { alice: { ...noPsi, cpuUsec: 1.2 * CORE }, bob: { ...noPsi, cpuUsec: CORE / 3 } };
  const beside = (hostCpuUsec: number): number => hurtOf(makeFrame(loads, { hostCpuUsec })).cpu.worst?.degree ?? 0;
  assert.equal(beside(1.91 * CORE), 0.5, 'the host fills the machine beside them');
  assert.equal(beside(1.89 * CORE), 0, 'part of the machine is idle');
});

test('in memory a neighbour is hurt by pressure below its share, not at its own limit', () => {
  const frame = makeFrame({ alice: { memory: 3 * GiB }, bob: { memory: 500 * MiB, memoryPressure: 500 } });
  assert.deepEqual(hurtOf(frame).memory.worst, { name: 'bob', degree: 1 });
  const limited = makeConfig({ alice: {}, bob: { memory: 512 * MiB }, carol: {} });
  assert.equal(findHurt(viewOf(frame, limited), constants).memory.worst, null);
  const noPsi = makeFrame({ alice: {}, bob: { memory: 500 * MiB, memoryPressure: -1, memoryMaxHits: 1 } });
  assert.deepEqual(hurtOf(noPsi).memory.worst, { name: 'bob', degree: 1 });
});

test('a memory limit lowered by a rule is a limit of its own as well, but not one that is only watched', () => {
  const tenant = makeConfig({ a: { memory: 1000 } }).tenants['a'];
  assert.ok(tenant);
  const state = (modes: object) => ({
    ...{
      credits: null,
      budgets: {},
      score: { cpu: 0, memory: 0, io: 0 },
      occurrences: 0,
      forgetAt: null,
      penalty: null,
    },
    guard: { stalledSince: null, stage: 'calm' as const, stageAt: null, kills: 0 },
    decided: { caps: {}, memoryCaps: { budget: 300, score: 200 }, weight: 1, lastAct: {}, modes },
  });
  assert.equal(memoryLimitOf(tenant, undefined), 1000);
  assert.equal(memoryLimitOf(tenant, state({})), 200);
  assert.equal(memoryLimitOf(tenant, state({ score: 'watch' })), 300);
});

test('who waits for the disk at its own limit is hurt by nobody', () => {
  const io = (limits: object, bytes: number, dt = 1000): number => {
    const config = makeConfig({ alice: {}, bob: limits });
    const tenants = { alice: { ioBytes: 100 * MiB }, bob: { ioPressure: 900, ioBytes: bytes } };
    return findHurt({ frame: makeFrame(tenants, { dt }), config, shares, states: {} }, constants).io.count;
  };
  assert.equal(io({}, MiB), 1);
  assert.equal(io({ ioRead: MiB }, 0.9 * MiB), 0);
  assert.equal(io({ ioRead: 5 * MiB, ioWrite: MiB }, 0.9 * MiB), 0, 'the stricter one counts');
  assert.equal(io({ ioWrite: MiB }, 0.8 * MiB), 1, 'it could move more, and others keep it from it');
  assert.equal(io({ ioRead: null, ioWrite: null }, MiB), 1);
  assert.equal(io({ ioWrite: MiB }, 0.95 * MiB, 2000), 1, 'half as much in a second');
});

test('only who moves most bytes is asked about io, and only when the disk is busy', () => {
  const bob = { ioPressure: 400, ioBytes: 100_000 };
  const busy = makeFrame({ alice: { ioBytes: 100 * MiB }, bob, carol: { ioBytes: 99 * MiB } });
  assert.equal(hurtOf(busy).mostIo, 'alice');
  assert.equal(severities(busy, 'carol').io, 0);
  assert.ok(severities(busy, 'alice').io > 0.3);
  const quiet = makeFrame({ alice: { ioBytes: 0.5 * MiB }, bob });
  assert.equal(hurtOf(quiet).mostIo, null);
});

test('nobody is hurt by itself: the worst of the others counts', () => {
  const frame = makeFrame({
    alice: { ioBytes: 100 * MiB, ioPressure: 900 },
    bob: { ioPressure: 300 },
    carol: { ioPressure: 250 },
  });
  const { io } = hurtOf(frame);
  assert.equal(io.count, 3);
  assert.equal(worstOf(io, 'alice')?.name, 'bob');
  assert.equal(worstOf(io, 'bob')?.name, 'alice');
});

test('severity is how far above the share times how much others are hurt', () => {
  const frame = makeFrame({ alice: { cpuUsec: CORE }, bob: { cpuUsec: 0.1 * CORE, cpuPressure: 250 } });
  // 1.0 of a share of 0.667: half way to the worst; bob waits a quarter of the time: half of the worst
  assert.ok(Math.abs(severities(frame, 'alice').cpu - 0.25) < 1e-9);
  assert.equal(severities(frame, 'bob').cpu, 0);
});

test('CPU of exempt processes does not feed the score', () => {
  const frame = makeFrame({
    alice: { ...greedy, exemptUsec: 1.2 * CORE },
    bob: { cpuUsec: 0.1 * CORE, cpuPressure: 900 },
  });
  assert.equal(severities(frame, 'alice').cpu, 0);
});

test('600 s of the worst fill it, 1800 s of peace empty it', () => {
  let score = { cpu: 0, memory: 0, io: 0 };
  const step = (severity: number): void => {
    score = advanceScore(score, { cpu: severity, memory: 0, io: 0 }, 1000, constants);
  };
  for (let i = 0; i < 599; i++) step(1);
  assert.ok(score.cpu < 100);
  for (let i = 0; i < 2; i++) step(1);
  assert.equal(score.cpu, 100);
  for (let i = 0; i < 1799; i++) step(0);
  assert.ok(score.cpu > 0);
  for (let i = 0; i < 2; i++) step(0);
  assert.equal(score.cpu, 0);
});

test('of an hour in which the daemon was away five seconds count for a rise, all of it for the fall', () => {
  const half = { cpu: 50, memory: 50, io: 0 };
  const after = advanceScore(half, { cpu: 1, memory: 0, io: 0 }, 3_600_000, constants);
  assert.ok(Math.abs(after.cpu - (50 + 500 / 600)) < 1e-9);
  assert.equal(after.memory, 0);
});

test('a score stays within 0 and 100 whatever the loads are', () => {
  const one = fc.record({ severity: fc.double({ min: 0, max: 1, noNaN: true }), dt: fc.integer({ min: 0, max: 1e7 }) });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 200 }), (steps) => {
      let score = { cpu: 0, memory: 0, io: 0 };
      for (const { severity, dt } of steps) {
        score = advanceScore(score, { cpu: severity, memory: 0, io: 1 }, dt, constants);
        for (const value of Object.values(score)) assert.ok(value >= 0 && value <= 100);
      }
    }),
  );
});

test('a tenant called like a thing of the language is a tenant like any other', () => {
  const odd = makeConfig({ constructor: {}, bob: {} });
  const frame = makeFrame({ bob: { cpuUsec: 0.1 * CORE, cpuPressure: 900 } });
  const hurt = findHurt({ frame, config: odd, shares: { bob: 0.5 }, states: {} }, constants);
  assert.deepEqual(hurt.cpu.worst, { name: 'bob', degree: 1 });
});
