// Shares: what each tenant owns of the house, and what the kernel is told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { effectiveShares, memoryLowOfShare, weightOfShare, weightScale } from '../../src/domain/shares.ts';
import { GiB } from '../../src/domain/units.ts';

const sharesOf = (...shares: (number | null)[]): number[] =>
  Object.values(effectiveShares(Object.fromEntries(shares.map((share, i) => [`t${i}`, { share }]))));

test('explicit shares are as given, and the others get equal parts of the rest', () => {
  assert.deepEqual(sharesOf(null, null, null), [1 / 3, 1 / 3, 1 / 3]);
  assert.deepEqual(sharesOf(0.5, null, null), [0.5, 0.25, 0.25]);
  assert.deepEqual(sharesOf(0.2, 0.3), [0.2, 0.3]);
  assert.deepEqual(sharesOf(null), [1]);
  assert.deepEqual(effectiveShares({}), {});
});

test('where nothing is left the others get one hundredth together, and the explicit shares shrink in proportion', () => {
  const round = (...shares: (number | null)[]): number[] =>
    sharesOf(...shares).map((share) => Number(share.toFixed(12)));
  assert.deepEqual(round(0.75, 0.25, null), [0.7425, 0.2475, 0.01]);
  assert.deepEqual(round(0.75, 0.25, null, null), [0.7425, 0.2475, 0.005, 0.005]);
});

test('more than the whole house shrinks to the whole house', () => {
  assert.deepEqual(sharesOf(1, 1), [0.5, 0.5]);
});

const anyShares = fc.array(fc.option(fc.double({ min: 0.001, max: 1, noNaN: true })), { minLength: 1, maxLength: 200 });

test('the sum of shares is never above 1, and nobody has nothing', () => {
  fc.assert(
    fc.property(anyShares, (given) => {
      const shares = sharesOf(...given);
      assert.ok(shares.reduce((sum, share) => sum + share, 0) <= 1 + 1e-9);
      for (const [i, share] of shares.entries()) {
        assert.ok(share > 0 && share <= (given[i] ?? 1) + 1e-12);
      }
    }),
  );
});

test('explicit shares of 99 % together are as given, however many others there are', () => {
  const parts = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(parts, fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.nat(2000), (wanted, all, others) => {
      const sum = wanted.reduce((total, part) => total + part, 0);
      const given = wanted.map((part) => (part / sum) * all);
      const shares = sharesOf(...given, ...Array<null>(others).fill(null));
      for (const [i, share] of given.entries()) assert.ok(Math.abs((shares[i] ?? 0) - share) < 1e-9, `${shares[i]}`);
    }),
  );
});

test('the sum of protected memory is never above the house, and nobody is promised more than their own limit', () => {
  const memory = fc.integer({ min: 1, max: 1024 * GiB });
  fc.assert(
    fc.property(anyShares, memory, fc.option(memory), (given, house, limit) => {
      const lows = sharesOf(...given).map((share) => memoryLowOfShare(share, house, limit));
      assert.ok(lows.reduce((sum, low) => sum + low, 0) <= house);
      for (const low of lows) assert.ok(low >= 0 && low % 4096 === 0 && low <= (limit ?? house));
    }),
  );
});

test('protected memory is the smaller of the share and the own limit', () => {
  assert.equal(memoryLowOfShare(0.5, 4 * GiB, null), 2 * GiB);
  assert.equal(memoryLowOfShare(0.5, 4 * GiB, GiB), GiB);
  assert.equal(memoryLowOfShare(1 / 3, GiB, null), Math.floor(GiB / 3 / 4096) * 4096);
});

test('weights are in proportion to shares, and an explicit weight multiplies', () => {
  const weights: readonly (readonly [number, number, number, number])[] = [
    [1, 100, 1, 100],
    [1 / 3, 100, 3, 100],
    [0.5, 100, 3, 150],
    [0.25, 100, 3, 75],
    [0.01, 100, 3, 3],
    [0.0001, 100, 3, 1],
    [0.25, 200, 4, 200],
    [0.25, 50, 4, 50],
    [0.5, 10_000, 4, 10_000],
    [0.25, 1, 4, 1],
  ];
  for (const [share, cpuWeight, owners, weight] of weights)
    assert.equal(weightOfShare(share, cpuWeight, { owners, scale: 1 }), weight, `${share} x ${cpuWeight} of ${owners}`);
});

test('weights above the most of the kernel are scaled with the house, and no others', () => {
  assert.equal(weightScale(25_050), 10_000 / 25_050);
  assert.equal(weightScale(10_000), 1);
  assert.equal(weightScale(1), 1);
  const weights = { owners: 501, scale: weightScale(0.5 * 501 * 100) };
  assert.deepEqual([weightOfShare(0.5, 100, weights), weightOfShare(0.001, 100, weights)], [10_000, 20]);
});
