// What a decision still has to charge, by counters that outlive tenants, daemons and boots.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Charged, chargeSince } from '../../src/domain/charge.ts';

const at = (up: number, cpuUsec: number, change: Partial<Charged> = {}): Charged => ({
  epoch: 'boot/1',
  boot: 'boot',
  up,
  cpuUsec,
  egressBytes: 0,
  ...change,
});

test('what grew since the last decision is charged, however long ago that was', () => {
  const day = 86_400_000;
  assert.equal(chargeSince(at(1000, 5), at(2000, 400_005), 2, 1000).cpuUsec, 400_000);
  assert.equal(chargeSince(at(0, 0), at(day, 1_000_000_000), 2, 1000).cpuUsec, 1_000_000_000);
});

test('of a group that was made meanwhile all is charged', () => {
  const after = at(2000, 300_000, { epoch: 'boot/2', egressBytes: 70 });
  assert.deepEqual(chargeSince(at(1000, 900_000, { egressBytes: 50 }), after, 2, 1000), {
    cpuUsec: 300_000,
    egressBytes: 70,
  });
  const rebooted = { epoch: 'next/1', boot: 'next' };
  assert.equal(chargeSince(at(999_999, 900_000), at(60_000, 200_000, rebooted), 2, 1000).cpuUsec, 200_000);
});

test('of a tenant nobody saw before no more than it can have used in a tick is charged', () => {
  assert.equal(chargeSince(null, at(5000, 700_000), 2, 1000).cpuUsec, 700_000);
  // 2 CPUs for a second, 5 % and a scheduler period each
  assert.equal(chargeSince(null, at(5000, 3_600_000_000), 2, 1000).cpuUsec, 2_300_000);
});

test('bytes sent are charged, from zero over a link that was made anew', () => {
  const since = (before: number | null, after: number | null): number =>
    chargeSince(at(1, 0, { egressBytes: before }), at(2, 0, { egressBytes: after }), 2, 1000).egressBytes;
  assert.deepEqual([since(10, 25), since(10, 4), since(null, 4), since(10, null)], [15, 4, 4, 0]);
});

test('of a tenant nobody saw before no bytes are charged: its link may have sent for years', () => {
  const now = at(2_000_000_000, 0, { egressBytes: 400e9 });
  assert.equal(chargeSince(null, now, 2, 1000).egressBytes, 0);
});

test('no charge is negative, and readings in a row charge what one reading would', () => {
  const growths = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(growths, (steps) => {
      let last = at(0, 0);
      let sum = 0;
      for (const step of steps) {
        const now = at(last.up + 1000, last.cpuUsec + step);
        sum += chargeSince(last, now, 2, 1000).cpuUsec;
        last = now;
      }
      assert.equal(sum, chargeSince(at(0, 0), last, 2, 1000).cpuUsec);
      assert.ok(chargeSince(last, at(last.up, 0), 2, 1000).cpuUsec >= 0);
    }),
  );
});
