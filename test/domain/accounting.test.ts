// What was used between two readings of counters: nothing twice, nothing lost, nothing negative.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advance,
  advanceHost,
  COUNTERS,
  type Counters,
  elapsedMs,
  HOST_TOTALS,
  HOST_ZERO,
  type HostCounters,
  type HostStored,
  OPTIONAL_COUNTERS,
  pickCounters,
  type Stored,
  startsAnew,
  ZERO_COUNTERS,
} from '../../src/domain/accounting.ts';
import { makeSample } from './tenant-values.ts';

const counters = (change: Partial<Counters> = {}): Counters => ({ ...ZERO_COUNTERS, ...change });
const stored = (change: Partial<Counters> = {}, epoch = 'boot/7'): Stored => ({
  epoch,
  boot: 'boot',
  up: 0,
  counters: counters(change),
});
const SECOND = { cpus: 2, ms: 1000 };

test('within an epoch the difference counts', () => {
  const last = stored({ cpuUsec: 500, throttled: 3, ioReadBytes: 100, netRxBytes: 10, ioSomeUsec: 5 });
  const now = counters({ cpuUsec: 900, throttled: 4, ioReadBytes: 150, netRxBytes: 30, ioSomeUsec: 25 });
  const delta = advance(last, now, 'boot/7', SECOND);
  assert.deepEqual(delta, counters({ cpuUsec: 400, throttled: 1, ioReadBytes: 50, netRxBytes: 20, ioSomeUsec: 20 }));
});

test('another epoch counts from zero, also where the counter is larger than the old one was', () => {
  const last = stored({ cpuUsec: 500, oomKills: 1 });
  assert.equal(advance(last, counters({ cpuUsec: 700, oomKills: 1 }), 'boot/8', SECOND).cpuUsec, 700);
  assert.equal(advance(last, counters({ cpuUsec: 700, oomKills: 1 }), 'boot/8', SECOND).oomKills, 1);
});

test('CPU time that went back is another epoch, whatever it is called', () => {
  const last = stored({ cpuUsec: 500, ioReadBytes: 100 });
  const delta = advance(last, counters({ cpuUsec: 300, ioReadBytes: 120 }), 'boot/7', SECOND);
  assert.deepEqual([delta.cpuUsec, delta.ioReadBytes], [300, 120]);
});

test('a total over groups that lost some of them within an epoch is nothing new', () => {
  const last = stored({ cpuUsec: 500, forksRefused: 116 });
  const delta = advance(last, counters({ cpuUsec: 600, forksRefused: 50 }), 'boot/7', SECOND);
  assert.deepEqual([delta.cpuUsec, delta.forksRefused], [100, 0]);
});

test('a link that was replaced, or came later, counts from zero; one that is gone says nothing', () => {
  const of = (last: number | null, now: number | null): number | null =>
    advance(stored({ netTxBytes: last }), counters({ netTxBytes: now }), 'boot/7', SECOND).netTxBytes;
  assert.deepEqual([of(500, 20), of(null, 30), of(500, null), of(500, 500)], [20, 30, null, 0]);
});

test('of a tenant never seen before nothing is counted, but what is known is known', () => {
  const delta = advance(null, counters({ cpuUsec: 1e9, netRxBytes: 1e9, cpuSomeUsec: 5 }), 'boot/7', SECOND);
  assert.deepEqual(delta, counters({ netRxBytes: 0, cpuSomeUsec: 0 }));
});

test('more than the CPUs can have done in that time is not believed', () => {
  const delta = advance(stored(), counters({ cpuUsec: 1e12, cpuSomeUsec: 1e12 }), 'boot/8', SECOND);
  assert.equal(delta.cpuUsec, 2 * (1_000_000 * 1.05 + 100_000));
  assert.equal(delta.cpuSomeUsec, 1_000_000 * 1.05 + 100_000);
});

test('time is counted from the start of the box when it was started anew', () => {
  assert.equal(elapsedMs({ boot: 'a', up: 5000 }, { boot: 'a', up: 8000 }), 3000);
  assert.equal(elapsedMs({ boot: 'a', up: 5000 }, { boot: 'b', up: 800 }), 800);
  assert.equal(elapsedMs({ boot: 'a', up: 5000 }, { boot: 'a', up: 4000 }), 0);
});

test('a sample gives its counters; without link and pressure these are unknown', () => {
  const sample = makeSample({ cpuUsec: 1, ioWriteOps: 2, forksRefused: 3, netRxBytes: 4, netTxBytes: 5 });
  assert.deepEqual(
    pickCounters(sample),
    counters({ cpuUsec: 1, ioWriteOps: 2, forksRefused: 3, netRxBytes: 4, netTxBytes: 5 }),
  );
  const pressure = { cpuSomeUsec: 1, memorySomeUsec: 2, memoryFullUsec: 3, ioSomeUsec: 4, ioFullUsec: 5 };
  assert.deepEqual(pickCounters(makeSample({ pressure })), counters(pressure));
});

const amount = fc.nat({ max: 1_000_000 });
const anyCounters = fc
  .record({
    ...Object.fromEntries(COUNTERS.map((key) => [key, amount])),
    ...Object.fromEntries(OPTIONAL_COUNTERS.map((key) => [key, fc.option(amount)])),
  })
  .map((value) => value as Counters);

test('no delta is negative or broken, whatever two readings say', () => {
  fc.assert(
    fc.property(fc.option(anyCounters), anyCounters, fc.boolean(), amount, (last, now, same, ms) => {
      const before = last && { epoch: 'boot/1', boot: 'boot', up: 0, counters: last };
      const delta = advance(before, now, same ? 'boot/1' : 'boot/2', { cpus: 2, ms });
      for (const key of COUNTERS) assert.ok(Number.isSafeInteger(delta[key]) && delta[key] >= 0, key);
      for (const key of OPTIONAL_COUNTERS) {
        const value = delta[key];
        assert.ok(value === null ? now[key] === null : Number.isSafeInteger(value) && value >= 0, key);
      }
    }),
  );
});

/** Runs of a tenant, each with what it used between readings. */
const runs = fc.array(fc.array(amount, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });

test('over any number of restarts the parts add up to what was used, each once', () => {
  fc.assert(
    fc.property(runs, (all) => {
      let last: Stored = stored({}, 'boot/none');
      let counted = 0;
      for (const [run, parts] of all.entries()) {
        let total = 0;
        for (const part of parts) {
          total += part;
          const now = counters({ cpuUsec: total, ioReadBytes: total });
          const delta = advance(last, now, `boot/${run}`, SECOND);
          assert.equal(delta.ioReadBytes, delta.cpuUsec);
          counted += delta.cpuUsec;
          last = { ...last, epoch: `boot/${run}`, counters: now };
        }
      }
      assert.equal(
        counted,
        all.flat().reduce((a, b) => a + b, 0),
      );
    }),
  );
});

test('an epoch is told by its name or by CPU time that went back', () => {
  const last = stored({ cpuUsec: 10 });
  assert.deepEqual(
    [
      startsAnew(last, counters({ cpuUsec: 10 }), 'boot/7'),
      startsAnew(last, counters({ cpuUsec: 9 }), 'boot/7'),
      startsAnew(last, counters({ cpuUsec: 99 }), 'boot/8'),
    ],
    [false, true, true],
  );
});

const host = (busyUsec: number, idleUsec: number, up: number, change: Partial<HostStored> = {}): HostStored => ({
  boot: 'boot',
  up,
  counters: { ...HOST_ZERO, busyUsec, idleUsec, iowaitUsec: 0, stolenUsec: 0 },
  ...change,
});

test("the host's time is the tenants', the system's or free", () => {
  const now = host(3_000_000, 1_000_000, 2000);
  const stolen = { ...now, counters: { ...now.counters, iowaitUsec: 400_000, stolenUsec: 50_000, ioSomeUsec: 7 } };
  assert.deepEqual(advanceHost(host(0, 0, 0), stolen, 2_500_000, 2), {
    capacityUsec: 4_000_000,
    tenantsUsec: 2_500_000,
    systemUsec: 550_000,
    idleUsec: 1_000_000,
    iowaitUsec: 400_000,
    stolenUsec: 50_000,
    cpuSomeUsec: 0,
    memorySomeUsec: 0,
    memoryFullUsec: 0,
    ioSomeUsec: 7,
    ...Object.fromEntries(HOST_TOTALS.map((key) => [key, 0])),
  });
});

const withTotals = (change: Partial<HostCounters>, up = 1000): HostStored => {
  const made = host(0, 0, up);
  return { ...made, counters: { ...made.counters, ...change } };
};

test("the host's totals grow by what is more than before, and less than before is nothing", () => {
  const last = withTotals({ ioReadBytes: 100, ioWriteOps: 5, netRxBytes: 1000, oomKills: 2 }, 0);
  const now = withTotals({ ioReadBytes: 150, ioWriteOps: 5, netRxBytes: 400, oomKills: 3 });
  const delta = advanceHost(last, now, 0, 2);
  assert.deepEqual([delta.ioReadBytes, delta.ioWriteOps, delta.netRxBytes, delta.oomKills], [50, 0, 0, 1]);
});

test("a host's total that is unknown at either end has no growth; of a new start all is", () => {
  const [known, unknown] = [withTotals({ ioReadBytes: 9 }), withTotals({ ioReadBytes: null })];
  const { ioReadBytes: _, ...counters } = known.counters;
  const ofAnOlderProgram = { ...known, counters: counters as HostCounters };
  for (const [last, now, want] of [
    [unknown, known, null],
    [known, unknown, null],
    [unknown, unknown, null],
    [ofAnOlderProgram, known, null],
    [{ ...unknown, boot: 'former' }, known, 9],
    [{ ...known, boot: 'former' }, unknown, null],
  ] as const)
    assert.equal(advanceHost(last, now, 0, 2).ioReadBytes, want);
});

test('a box started anew counts from its start', () => {
  const last = host(9_000_000, 9_000_000, 9000);
  const delta = advanceHost(last, host(100, 200, 1, { boot: 'other' }), 0, 2);
  assert.deepEqual([delta.capacityUsec, delta.systemUsec, delta.idleUsec], [2000, 100, 200]);
});

test('whatever the counters say, no time of the host is counted twice or lost', () => {
  const usec = fc.nat({ max: 1e9 });
  fc.assert(
    fc.property(usec, usec, usec, usec, usec, (busyUsec, idleUsec, iowaitUsec, stolenUsec, tenants) => {
      const now = { boot: 'boot', up: 1000, counters: { ...HOST_ZERO, busyUsec, idleUsec, iowaitUsec, stolenUsec } };
      const delta = advanceHost(host(0, 0, 0), now, tenants, 2);
      assert.equal(delta.tenantsUsec + delta.systemUsec + delta.idleUsec, busyUsec + idleUsec + stolenUsec);
      assert.ok(delta.iowaitUsec <= delta.idleUsec && delta.stolenUsec <= delta.systemUsec);
      for (const value of Object.values(delta)) assert.ok(Number(value) >= 0);
    }),
  );
});
