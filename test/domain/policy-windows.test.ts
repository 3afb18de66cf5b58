// Windows in time: they stand in for the limit, and tell their beginning and their end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sharesAt } from '../../src/domain/policy.ts';
import { openHouse, tellActs } from './policy-house.ts';
import { makeConfig, START } from './policy-values.ts';

const HOUR = 3_600_000;

test('a window stands in for the limit, tells its beginning and its end, and lifts a limit with cpu=max', () => {
  const windows = [
    { name: 'exam', when: '* 1 * * *', cpu: 250 },
    { name: 'nights', when: '* 2 * * *', cpu: null, share: 0.5 },
  ];
  const house = openHouse(makeConfig({ alice: { cpu: 1000, rules: { windows } }, bob: {}, carol: {}, dave: {} }));
  const at = (): [number | null | undefined, number | undefined] => {
    const { effective } = house.tick({ alice: {} }, { dt: HOUR })['alice'] ?? {};
    return [effective?.cpu, effective?.cpuWeight];
  };
  assert.deepEqual(at(), [250, 100]);
  assert.deepEqual(at(), [null, 200]);
  assert.deepEqual(at(), [1000, 100]);
  assert.deepEqual(tellActs(house.acts), [
    'window lower cpu 1000 250',
    'window raise cpu 250 null',
    'window raise cpu 500 1000',
    'window lower cpu null 1000',
    'window lower cpu 1000 500',
  ]);
});

test('a window that is only watched is told and changes nothing', () => {
  const windows = [{ name: 'exam', when: '* 1 * * *', cpu: 250, share: 0.9 }];
  const house = openHouse(makeConfig({ alice: { rules: { windows, windowsMode: 'watch' } }, bob: {} }));
  const { effective } = house.tick({}, { dt: HOUR })['alice'] ?? {};
  assert.deepEqual([effective?.cpu, effective?.cpuWeight], [null, 100]);
  assert.deepEqual([...new Set(house.acts.map(({ mode }) => mode))], ['watch']);
  assert.equal(house.acts.length, 2);
});

test('a share of a window counts when shares are dealt out', () => {
  const windows = [{ name: 'nights', when: '* 0 * * *', share: 0.8 }];
  const config = makeConfig({ alice: { rules: { windows } }, bob: {} });
  const round = (at: number): number[] => Object.values(sharesAt(config, at)).map((share) => Number(share.toFixed(6)));
  assert.deepEqual(round(START), [0.8, 0.2]);
  assert.deepEqual(round(START + HOUR), [0.5, 0.5]);
});

test('a share of a window that was too far ahead to be found counts when its day comes, however the house was asked before', () => {
  const before = fc.array(fc.integer({ min: Date.UTC(2026, 5, 1), max: Date.UTC(2028, 1, 28) }), { maxLength: 6 });
  fc.assert(
    fc.property(before, (moments) => {
      const config = makeConfig({
        alice: { rules: { windows: [{ name: 'leap', when: '* * 29 2 *', share: 0.8 }] } },
        bob: {},
      });
      for (const at of moments.sort((a, b) => a - b)) assert.equal(sharesAt(config, at)['alice'], 0.5);
      assert.equal(sharesAt(config, Date.UTC(2028, 1, 29, 12))['alice'], 0.8);
    }),
  );
});

test('the share of a window is told against the share the tenant has without it, a part of the rest where it is auto', () => {
  const windows = [{ name: 'exam', when: '* 1 * * *', share: 0.2 }];
  const house = openHouse(makeConfig({ alice: { rules: { share: 0.8 } }, bob: { rules: { windows } }, carol: {} }));
  house.tick({}, { dt: HOUR });
  house.tick({}, { dt: HOUR });
  assert.deepEqual(tellActs(house.acts), ['window raise cpu 200 400', 'window lower cpu 400 200']);
});

test('a watched share of a window is told against the share in force', () => {
  const windows = [{ name: 'exam', when: '* 1 * * *', share: 0.5 }];
  const bob = { rules: { windows, windowsMode: 'watch' } } as const;
  const house = openHouse(makeConfig({ alice: { rules: { share: 0.4 } }, bob, carol: {} }));
  house.tick({}, { dt: HOUR });
  assert.deepEqual(tellActs(house.acts), ['window raise cpu 600 1000']);
});

test('a window that ends without a change of the cap is over for good', () => {
  const rules = { windows: [{ name: 'exam', when: '* 1 * * *', cpu: 1000 }] };
  const house = openHouse(makeConfig({ alice: { cpu: 500, rules } }));
  house.tick({}, { dt: HOUR });
  house.change(makeConfig({ alice: { cpu: 1000, rules } }));
  house.tick({}, { dt: HOUR });
  house.change(makeConfig({ alice: { cpu: 300, rules } }));
  house.run(5, {});
  assert.deepEqual(tellActs(house.acts), ['window raise cpu 500 1000']);
});
