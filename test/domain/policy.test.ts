// The decision of a tick as a whole, and what must hold whatever happens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import type { Act, TenantFrame, Verdict } from '../../src/domain/policy-types.ts';
import type { Rules } from '../../src/domain/rules.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { openHouse } from './policy-house.ts';
import { CORE, makeConfig } from './policy-values.ts';

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

/** Loads of any kind, many seconds of each, so that rules have time to act. */

const anyFrame = fc.record({
  cpuUsec: fc.integer({ min: 0, max: 2 * CORE }),
  exemptUsec: fc.constantFrom(0, 0, CORE),
  throttled: fc.constantFrom(0, 500),
  memory: fc.integer({ min: 0, max: 3 * GiB }),
  cpuPressure: fc.constantFrom(-1, 0, 500, 1000),
  memoryPressure: fc.constantFrom(-1, 0, 700),
  memoryFull: fc.constantFrom(-1, 0, 800),
  ioPressure: fc.constantFrom(-1, 0, 600),
  memoryMaxHits: fc.constantFrom(0, 500),
  ioBytes: fc.integer({ min: 0, max: 100 * MiB }),
  egressBytes: fc.integer({ min: 0, max: MiB }),
  up: fc.constantFrom<TenantFrame['up']>('running', 'running', 'running', 'frozen', 'stopped'),
});

const anyRules: fc.Arbitrary<Partial<Rules>> = fc.record({
  scoreMode: fc.constantFrom('watch', 'enforce'),
  creditsMode: fc.constantFrom('watch', 'enforce'),
  ladderEnd: fc.constantFrom('repeat', 'freeze', 'stop'),
  credits: fc.constantFrom(null, { baseline: 200, burst: 1500 }, { baseline: 500, burst: 501 }),
  budgetCpu: fc.constantFrom(null, { amount: 2000 * CORE, period: 'day' as const }),
  budgetMemory: fc.constantFrom(null, { amount: 2000 * GiB, period: 'day' as const }),
});

const anyLoad = fc.array(fc.record({ alice: anyFrame, bob: anyFrame, seconds: fc.integer({ min: 1, max: 200 }) }), {
  minLength: 1,
  maxLength: 12,
});

const FAST = { ...DEFAULT_CONSTANTS, score: { ...DEFAULT_CONSTANTS.score, fillMs: 60_000, emptyMs: 120_000 } };

const TIGHTENS = new Set(['lower', 'penalty', 'freeze', 'stop']);

const EASES = new Set(['raise', 'penalty-ended', 'thaw', 'start']);

const assertNoneTurnedBack = (acts: readonly Act[]): void => {
  const last: Record<string, Act> = {};
  for (const act of acts.filter(({ kind }) => TIGHTENS.has(kind) || EASES.has(kind))) {
    const key = `${act.tenant} ${act.rule}`;
    const before = last[key];
    if (before && TIGHTENS.has(before.kind) !== TIGHTENS.has(act.kind)) {
      assert.ok(act.at - before.at >= 60_000, `${before.kind} ${before.at} ${act.kind} ${act.at}`);
    }
    last[key] = act;
  }
};

const assertFloors = ({ effective, acts }: Verdict): void => {
  assert.ok(effective.cpu === null || effective.cpu >= 10);
  assert.ok(effective.memory === null || effective.memory >= 0.25 * GiB);
  assert.ok(acts.every(({ cause }) => cause.length > 10));
};

test('whatever happens: no act is turned back within a minute, and nothing falls below its floor', () => {
  fc.assert(
    fc.property(anyRules, anyRules, anyLoad, (alice, bob, load) => {
      const config = makeConfig({ alice: { rules: alice, memory: GiB }, bob: { rules: bob, cpu: 700 } });
      const house = openHouse(config, FAST);
      for (const { seconds, ...tenants } of load) {
        for (let i = 0; i < seconds; i++) {
          const verdicts = Object.values(house.tick(tenants));
          verdicts.forEach(assertFloors);
          const promised = verdicts.reduce((sum, { effective }) => sum + effective.memoryLow, 0);
          assert.ok(promised <= config.house.memory, 'guarantees are never above the house');
        }
      }
      assertNoneTurnedBack(house.acts);
    }),
    { numRuns: 60 },
  );
});
