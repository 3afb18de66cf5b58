// Totals over devices that come and go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DeviceSum } from '../../src/linux/device-sum.ts';

test('of no device nothing is known, which is not zero', () => {
  assert.equal(new DeviceSum().totals, null);
});

test('the counters of all devices are added up, each by itself', () => {
  const sum = new DeviceSum();
  sum.add('sda', [10, 1]);
  sum.add('sdb', [100, 0]);
  assert.deepEqual(sum.totals, [110, 1]);
  sum.add('sda', [15, 1]);
  sum.add('sdb', [100, 7]);
  assert.deepEqual(sum.totals, [115, 8]);
});

test('a device that is gone leaves what it counted; back with less it counts from zero, with more it goes on', () => {
  const sum = new DeviceSum();
  sum.add('sda', [10]);
  sum.add('usb', [1000]);
  sum.add('sda', [20]);
  assert.deepEqual(sum.totals, [1020]);
  sum.add('usb', [5]);
  assert.deepEqual(sum.totals, [1025]);
  sum.add('usb', [6]);
  assert.deepEqual(sum.totals, [1026]);
});

test('one counter that went back means that all of its device began anew', () => {
  const sum = new DeviceSum();
  sum.add('eth0', [1000, 10]);
  sum.add('eth0', [3, 12]);
  assert.deepEqual(sum.totals, [1003, 22]);
});

test('whatever devices do, totals never go back', () => {
  const reading = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    counters: fc.tuple(fc.nat({ max: 1000 }), fc.nat({ max: 1000 })),
  });
  fc.assert(
    fc.property(fc.array(reading, { minLength: 1, maxLength: 40 }), (readings) => {
      const sum = new DeviceSum();
      let last: readonly number[] = [0, 0];
      for (const { name, counters } of readings) {
        sum.add(name, counters);
        const now: readonly number[] = sum.totals ?? [];
        for (const [i, value] of now.entries()) assert.ok(value >= (last[i] ?? 0));
        last = now;
      }
    }),
  );
});
