// The estimate of a memory stall where the kernel has no PSI.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateFull } from '../../src/domain/stall.ts';
import type { Sample } from '../../src/domain/usage.ts';
import { makeSample } from './tenant-values.ts';

const before = makeSample({ at: 1000, refaults: 100, cpuUserUsec: 0 });
const full = (over: Partial<Sample> = {}): number =>
  estimateFull(before, makeSample({ at: 2000, refaults: 350, cpuUserUsec: 50_000, ...over }));

test('who needs again what it gave up waits for all but its time in user mode', () => {
  assert.equal(full(), 950);
  assert.equal(full({ cpuUserUsec: 500_000 }), 500);
  assert.equal(full({ cpuUserUsec: 3_000_000 }), 0, 'several cores do something');
  assert.equal(full({ at: 3000 }), 975, 'over two seconds');
});

test('it is no stall where nothing came back, or no time went by', () => {
  assert.equal(full({ refaults: 100 }), 0);
  assert.equal(full({ at: 1000 }), 0);
});
