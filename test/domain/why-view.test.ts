// The averages behind why: by the length of each frame, with what a kernel does not say marked as such.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import type { HouseFrame } from '../../src/domain/policy-types.ts';
import { buildView } from '../../src/domain/why-view.ts';
import { CORE, makeConfig, makeFrame } from './policy-values.ts';

const effective = { cpu: null, cpuWeight: 100, memory: null, memoryLow: 0, hold: 'none' } as const;
const viewOf = (frames: readonly HouseFrame[]) =>
  buildView({
    name: 'alice',
    frames,
    config: makeConfig({ alice: {}, bob: {} }),
    shares: { alice: 0.5, bob: 0.5 },
    verdict: { holds: [], effective },
    constants: DEFAULT_CONSTANTS,
  });

test('a long frame counts for as long as it is', () => {
  const { own, used, outside } = viewOf([
    makeFrame({ alice: { cpuUsec: CORE, throttled: 1000, memory: 400 } }, { dt: 1000, hostCpuUsec: 2 * CORE }),
    makeFrame({ alice: { cpuUsec: 0, throttled: 0, memory: 0 } }, { dt: 3000, hostCpuUsec: CORE }),
  ]);
  assert.deepEqual([own.cpu, own.throttled, own.memory], [250, 250, 100]);
  assert.deepEqual([used, outside], [250, 500]);
});

test('a pressure that one frame does not tell is not told', () => {
  const { own } = viewOf([
    makeFrame({ alice: { cpuPressure: 500, memoryPressure: 200 } }),
    makeFrame({ alice: { cpuPressure: -1, memoryPressure: 400 } }),
  ]);
  assert.deepEqual([own.cpuPressure, own.memoryPressure], [-1, 300]);
});

test('frames from before a tenant was there do not dilute it; without any frame nothing is known', () => {
  const view = viewOf([makeFrame({ bob: {} }), makeFrame({ alice: { cpuUsec: CORE }, bob: {} })]);
  assert.equal(view.own.cpu, 1000);
  assert.equal(view.up, 'running');
  assert.equal(viewOf([]).up, undefined);
});
