// Shares that are only watched: what they would set is told once, and again when it changes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiB } from '../../src/domain/units.ts';
import { openHouse } from './policy-house.ts';
import { makeConfig } from './policy-values.ts';

test('a watched share tells the weight and the protected memory it would set, once and again when they change', () => {
  const alice = { cpuWeight: 300, rules: { shareMode: 'watch', share: 0.5 } } as const;
  const house = openHouse(makeConfig({ alice, bob: {} }));
  house.run(30, { alice: {} });
  house.change(makeConfig({ alice, bob: {}, carol: {}, dave: {} }));
  house.run(30, { alice: {} });
  assert.deepEqual(
    house.acts.map(({ rule, kind, mode, from, to, cause, figures }) => [rule, kind, mode, from, to, cause, figures]),
    [
      [
        ...['share', 'notice', 'watch', null, null],
        'its share of 50 % of the house would be a CPU weight of 300 (now 300) and 2G of protected memory (now none)',
        { percent: 50, weight: 300, weightNow: 300, memoryLow: '2G' },
      ],
      [
        ...['share', 'notice', 'watch', null, null],
        'its share of 50 % of the house would be a CPU weight of 600 (now 300) and 2G of protected memory (now none)',
        { percent: 50, weight: 600, weightNow: 300, memoryLow: '2G' },
      ],
    ],
  );
});

test('what a share protects is told with the limit of memory in force', () => {
  const house = openHouse(makeConfig({ alice: { memory: GiB, rules: { shareMode: 'watch' } } }));
  house.tick({ alice: {} });
  assert.deepEqual(
    house.acts.map(({ figures }) => figures['memoryLow']),
    ['1G'],
  );
});

test('shares that are enforced or off tell nothing', () => {
  const house = openHouse(makeConfig({ alice: { rules: { share: 0.9 } }, bob: { rules: { shareMode: 'off' } } }));
  house.run(30, { alice: {} });
  house.change(makeConfig({ alice: { rules: { share: 0.2 } }, bob: { rules: { shareMode: 'off' } } }));
  house.run(30, { alice: {} });
  assert.deepEqual(house.acts, []);
});
