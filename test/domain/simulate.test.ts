// The decision against the model of the kernel, in small: nothing oscillates, who wakes gets its share, and the model
// itself shares as cpu.weight does. The large one is `npm run simulate`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { shareCpu } from '../support/house-model.ts';
import { actsAllowed, simulate } from '../support/simulation.ts';

const FAST = { ...DEFAULT_CONSTANTS, score: { ...DEFAULT_CONSTANTS.score, fillMs: 60_000, emptyMs: 180_000 } };

test('steady, bursty and flapping tenants: no act turns back the one before, and there are few', () => {
  for (const seed of [1, 2, 3]) {
    const result = simulate({ tenants: 20, seconds: 1800, seed, constants: FAST });
    assert.equal(result.turnedBack, 0);
    assert.ok(result.mostActs <= actsAllowed(1800), `${result.mostActs} acts of one tenant`);
    assert.ok(result.actsByKind['flaps-with-cap'] > 0 && result.actsByKind.windowed > 0, 'the rules did act');
  }
});

test('the simulation sees an oscillation where there is one: without the pause, caps turn back', () => {
  const hasty = { ...FAST, turnMs: 0 };
  assert.ok(simulate({ tenants: 20, seconds: 1800, seed: 1, constants: hasty }).turnedBack > 0);
});

test('who wakes has its share in the next second, whoever burns', () => {
  assert.equal(simulate({ tenants: 100, seconds: 90, seed: 7 }).timeToFairness, 1);
});

test('the greedy climb the ladder; a storm of exempt processes, and who stays at its share, do not', () => {
  const { penaltiesByKind } = simulate({ tenants: 20, seconds: 3600, seed: 4, constants: FAST });
  assert.ok(penaltiesByKind.greedy > 0);
  assert.equal(penaltiesByKind['fork-storm'], 0);
  assert.equal(penaltiesByKind['flaps-at-stall'], 0);
});

test('who stalls for 17 s of every 30 is not acted on', () => {
  assert.equal(simulate({ tenants: 10, seconds: 600, seed: 5 }).actsByKind['flaps-at-stall'], 0);
});

test('the same seed gives the same simulation', () => {
  const run = () => simulate({ tenants: 30, seconds: 300, seed: 11, constants: FAST });
  assert.deepEqual(run(), run());
});

test('the model: nobody gets more than it wants, all is used, and the rest goes by weight', () => {
  const claim = fc.record({ weight: fc.integer({ min: 1, max: 10_000 }), most: fc.integer({ min: 0, max: 4000 }) });
  fc.assert(
    fc.property(
      fc.array(claim, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 10, max: 8000 }),
      (claims, house) => {
        const named = claims.map((one, i) => ({ ...one, name: String(i) }));
        const got = shareCpu(named, house);
        const wanted = claims.reduce((sum, { most }) => sum + most, 0);
        const used = [...got.values()].reduce((sum, amount) => sum + amount, 0);
        assert.ok(Math.abs(used - Math.min(house, wanted)) < 1e-6);
        const level = Math.max(...named.map(({ name, weight }) => (got.get(name) ?? 0) / weight));
        for (const { name, weight, most } of named) {
          const amount = got.get(name) ?? 0;
          assert.ok(amount <= most + 1e-9);
          assert.ok(
            amount >= most - 1e-6 || Math.abs(amount / weight - level) < 1e-6,
            'who wants more has as much as any',
          );
        }
      },
    ),
  );
});
