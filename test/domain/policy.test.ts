// The decision of a tick as a whole; what must hold whatever happens is in policy-invariants.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiB } from '../../src/domain/units.ts';
import { openHouse } from './policy-house.ts';
import { makeConfig } from './policy-values.ts';

test('a tenant that nothing is known of gets its share, no cap, and no act', () => {
  const { alice, bob } = openHouse(makeConfig({ alice: { cpu: 500 }, bob: { memory: GiB } })).tick({ alice: {} });
  assert.deepEqual(alice?.effective, { cpu: 500, cpuWeight: 100, memory: null, memoryLow: 2 * GiB, hold: 'none' });
  assert.deepEqual(bob?.effective, { cpu: null, cpuWeight: 100, memory: GiB, memoryLow: GiB, hold: 'none' });
  assert.deepEqual(alice?.acts, []);
  assert.deepEqual(
    alice?.holds.map(({ rule, text }) => `${rule} ${text}`),
    [
      'limit 0.5 cores: its own limit',
      'house 2 cores: what all tenants together may use',
      'house 4G: what all tenants together may use',
    ],
  );
});

test('shares that are off or watched leave the weight of the limit and protect no memory', () => {
  for (const shareMode of ['off', 'watch'] as const) {
    const config = makeConfig({ alice: { cpuWeight: 300, rules: { shareMode } }, bob: {} });
    assert.deepEqual(openHouse(config).tick({})['alice']?.effective, {
      ...{ cpu: null, cpuWeight: 300, memory: null, memoryLow: 0, hold: 'none' },
    });
  }
});

test('a share of a full box is its share when all want it: the weights of the whole house shrink together', () => {
  const others = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`t${i}`, {}]));
  const config = makeConfig({ alice: { rules: { share: 0.5 } }, ...others });
  const weights = Object.values(openHouse(config).tick({})).map(({ effective }) => effective.cpuWeight);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  assert.equal(weights[0], 10_000);
  assert.ok(Math.abs(10_000 / sum - 0.5) < 0.01, `${10_000 / sum}`);
});

test('a weight that people set where shares are off is neither scaled nor does it scale those of others', () => {
  const shareMode = 'off';
  const config = makeConfig({
    alice: { cpuWeight: 10_000, rules: { shareMode } },
    bob: { cpuWeight: 10_000, rules: { share: 0.9 } },
    carol: {},
  });
  const { alice, bob, carol } = openHouse(config).tick({});
  // 0.9 x 3 x 10000 is 2.7 times the kernel's most; carol's part of the rest is 0.05 x 3 x 100 = 15
  assert.deepEqual(
    [alice, bob, carol].map((verdict) => verdict?.effective.cpuWeight),
    [10_000, 10_000, 6],
  );
});
