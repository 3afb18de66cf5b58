// Each kind of loss alone: when it is none, and how large it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import type { Hold } from '../../src/domain/policy-types.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { capLoss, cpuLoss, ioLoss, memoryCapLoss, memoryLoss } from '../../src/domain/why-losses.ts';
import type { Average, WhyView } from '../../src/domain/why-view.ts';

const average = (name: string, over: Partial<Average> = {}): Average => ({
  ...{ name, share: 0.5, cpu: 0, memory: 0, throttled: 0, cpuPressure: 0, memoryPressure: 0, ioPressure: 0 },
  ...{ hits: 0, io: 0 },
  ...over,
});

const makeView = (own: Partial<Average>, bob: Partial<Average> = {}, over: Partial<WhyView> = {}): WhyView => {
  const [alice, other] = [average('alice', own), average('bob', bob)];
  return {
    ...{ own: alice, up: 'running', others: [other], house: { cpu: 2000, memory: 4 * GiB }, cpus: 2 },
    ...{ used: alice.cpu + other.cpu, outside: 0, memoryAvailable: GiB, memoryTotal: 4 * GiB, hostMemoryFull: 0 },
    ...{ holds: [], held: 'none', ioLimit: null, constants: DEFAULT_CONSTANTS.score, guard: DEFAULT_CONSTANTS.guard },
    ...over,
  };
};

const limit = (resource: 'cpu' | 'memory', cap: number): Hold => ({
  ...{ rule: 'limit', resource, cap, until: null, text: 'its limit' },
});
const brief = (losses: readonly { cause: string; neighbour: string | null; loss: number }[]) =>
  losses.map(({ cause, neighbour, loss }) => [cause, neighbour, Math.round(loss)]);

test('throttling counts from one period in ten, and only where something of its own holds it', () => {
  const holds = [limit('cpu', 500)];
  assert.deepEqual(brief(capLoss(makeView({ throttled: 100 }, {}, { holds }))), [['own-cap', null, 100]]);
  assert.deepEqual(capLoss(makeView({ throttled: 99 }, {}, { holds })), []);
  assert.deepEqual(capLoss(makeView({ throttled: 900 })), []);
  const house = { ...limit('cpu', 2000), rule: 'house' as const };
  assert.deepEqual(capLoss(makeView({ throttled: 900 }, {}, { holds: [house] })), []);
});

test('memory at the limit: pressure where it is known, else hits; 200 in a second are a standstill', () => {
  const holds = [limit('memory', 100 * MiB)];
  const loss = (own: Partial<Average>) => brief(memoryCapLoss(makeView({ memory: 99 * MiB, ...own }, {}, { holds })));
  assert.deepEqual(loss({ memoryPressure: 400 }), [['own-cap', null, 400]]);
  assert.deepEqual(loss({ memoryPressure: -1, hits: 40 }), [['own-cap', null, 200]]);
  assert.deepEqual(loss({ memoryPressure: -1, hits: 5000 }), [['own-cap', null, 1000]]);
  assert.deepEqual(loss({ memoryPressure: 400, memory: 50 * MiB }), []);
});

test('the wait for CPU is what throttling does not explain', () => {
  const loss = cpuLoss(makeView({ cpu: 400, cpuPressure: 700, throttled: 200 }, { cpu: 1600 }));
  assert.deepEqual(brief(loss), [['neighbour', 'bob', 500]]);
});

test('without PSI the wait is what is missing to the share, in a full house only', () => {
  assert.deepEqual(brief(cpuLoss(makeView({ cpu: 400, cpuPressure: -1 }, { cpu: 1600 }))), [['neighbour', 'bob', 600]]);
  assert.deepEqual(cpuLoss(makeView({ cpu: 400, cpuPressure: -1 }, { cpu: 1200 })), []);
  assert.deepEqual(cpuLoss(makeView({ cpu: 50, cpuPressure: -1 }, { cpu: 1950 })), [], 'she asks for nothing');
});

test('without PSI a machine that the host itself fills is full as well', () => {
  const loss = cpuLoss(makeView({ cpu: 400, cpuPressure: -1 }, {}, { outside: 1600 }));
  assert.deepEqual(brief(loss), [['host', null, 600]]);
});

test('of a busy host and a greedy neighbour the one that takes more is named', () => {
  const cause = (bob: number, outside: number) =>
    brief(cpuLoss(makeView({ cpu: 100, cpuPressure: 700 }, { cpu: bob }, { outside })))[0]?.[0];
  assert.equal(cause(1200, 700), 'host');
  assert.equal(cause(1800, 100), 'neighbour');
});

test('memory: a neighbour above its share, else the host if it is short, else it is its own affair', () => {
  const own = { memoryPressure: 300, memory: GiB };
  assert.deepEqual(brief(memoryLoss(makeView(own, { memory: 3 * GiB }))), [['neighbour', 'bob', 300]]);
  const scarce = { hostMemoryFull: 300, memoryAvailable: 300 * MiB };
  assert.deepEqual(brief(memoryLoss(makeView(own, { memory: GiB }, scarce))), [['host', null, 300]]);
  assert.deepEqual(
    memoryLoss(makeView(own, { memory: GiB }, { hostMemoryFull: 300 })),
    [],
    'it is the pressure itself',
  );
  assert.deepEqual(memoryLoss(makeView(own, { memory: GiB })), []);
});

test('the disk: whoever moves most, if that is worth a word', () => {
  const cause = (own: number, bob: number) => brief(ioLoss(makeView({ ioPressure: 300, io: own }, { io: bob })))[0];
  assert.deepEqual(cause(MiB, 50 * MiB), ['neighbour', 'bob', 300]);
  assert.deepEqual(cause(50 * MiB, MiB), ['host', null, 300]);
  assert.deepEqual(cause(0, 1000), ['host', null, 300]);
  assert.deepEqual(ioLoss(makeView({ ioPressure: 199 }, { io: 50 * MiB })), []);
});
