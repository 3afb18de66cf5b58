// The line to type for proposed limits: exact, and only for what would change.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { SuggestView } from '../../src/api/scheduler-contract.ts';
import { plainPaint } from '../../src/cli/output/style.ts';
import { commandOf, renderSuggestions } from '../../src/cli/output/suggest.ts';
import { MiB, parseBytes } from '../../src/domain/units.ts';

const ofMemory = (now: number | null, proposed: number): SuggestView => ({
  name: 'alice',
  rows: 9,
  proposals: [{ limit: 'memory', now, proposed, p95: 980 * MiB, peak: 1433 * MiB, why: 'w' }],
});

it('a size is typed as it is proposed, not as it is rounded for the eye', () => {
  assert.equal(commandOf(ofMemory(512 * MiB, 1472 * MiB)), 'tenantctl set alice --memory 1472M');
  assert.equal(commandOf(ofMemory(null, 2048 * MiB)), 'tenantctl set alice --memory 2G');
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 2 ** 20 }), (steps) => {
      const [, text = ''] = / --memory (\S+)$/.exec(commandOf(ofMemory(null, steps * 64 * MiB)) ?? '') ?? [];
      assert.equal(parseBytes(text, 'memory'), steps * 64 * MiB);
    }),
  );
});

it('a limit changes when its bytes do, not when its rounded text does', () => {
  assert.equal(commandOf(ofMemory(Math.round(1.1 * 1024 * MiB), 1152 * MiB)), 'tenantctl set alice --memory 1152M');
  assert.equal(commandOf(ofMemory(1472 * MiB, 1472 * MiB)), undefined);
});

it('the table shows what is proposed in full, and a limit that stays in the same words', () => {
  const rowOf = (now: number): string =>
    renderSuggestions(ofMemory(now, 1472 * MiB), { width: 80, paint: plainPaint }).split('\n')[1] ?? '';
  assert.equal(rowOf(1433 * MiB), 'memory  1.4G     1472M  980M  1.4G  w');
  assert.equal(rowOf(1472 * MiB), 'memory  1472M     1472M  980M  1.4G  w');
});
