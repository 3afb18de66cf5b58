// What exempt processes used between two looks, with children that no look ever saw.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countExemptCpu, type ExemptReading, takeLook } from '../../src/domain/exempt-cpu.ts';

const LIST = ['make', 'cc1'];

const one = (pid: number, name: string, parent: number, cpuUsec: number, childUsec = 0): ExemptReading => ({
  pid,
  name,
  parent,
  cpuUsec,
  childUsec,
  startTicks: pid,
});

const count = (before: readonly ExemptReading[], now: readonly ExemptReading[]): number =>
  countExemptCpu(takeLook(before), takeLook(now), LIST);

test('a compiler that came and went between two looks counts by the make that waited for it', () => {
  assert.equal(count([one(10, 'make', 1, 100)], [one(10, 'make', 1, 110, 900)]), 910);
});

test('the same compiler under a shell that is not on the list does not count', () => {
  assert.equal(count([one(10, 'sh', 1, 100)], [one(10, 'sh', 1, 110, 900)]), 0);
});

test('a compiler that was seen and then ended counts what it used since, once', () => {
  const before = [one(10, 'make', 1, 100), one(11, 'cc1', 10, 700)];
  assert.equal(count(before, [one(10, 'make', 1, 100, 950)]), 250);
});

test('a long-lived child of another name brings only what it used since the last look when it ends', () => {
  const before = [one(10, 'make', 1, 0), one(11, 'miner', 10, 600_000_000)];
  assert.equal(count(before, [one(10, 'make', 1, 0, 600_000_050)]), 50);
});

test('a chain that ended together is inherited through those that are gone', () => {
  const before = [one(10, 'make', 1, 0), one(11, 'sh', 10, 5, 20), one(12, 'cc1', 11, 300)];
  assert.equal(count(before, [one(10, 'make', 1, 0, 5 + 20 + 300 + 40)]), 40);
});

test('an orphan that init has waited for takes nothing off, one that nobody waits for makes no debt', () => {
  assert.equal(count([one(1, 'init', 0, 0), one(12, 'cc1', 1, 300)], [one(1, 'init', 0, 0, 300)]), 0);
  assert.equal(count([one(10, 'make', 1, 0), one(12, 'cc1', 10, 300)], [one(10, 'make', 1, 20)]), 0);
});

test('another process of the same number is another process', () => {
  const before = [one(10, 'make', 1, 500)];
  assert.equal(count(before, [{ ...one(10, 'make', 1, 30), startTicks: 99 }]), 30);
});

test('numbers that make a circle of parents end the search', () => {
  assert.equal(count([one(10, 'cc1', 11, 5), one(11, 'cc1', 10, 5)], [one(12, 'cc1', 1, 7)]), 7);
});

/** A tree in which every name is on the list and everybody waits: nothing is lost and nothing counted twice. */
test('with all names on the list, the looks add up to all that was used below the first process', () => {
  const step = fc.record({
    pid: fc.nat(),
    usec: fc.nat({ max: 1000 }),
    what: fc.constantFrom('work', 'fork', 'end', 'look'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const live = new Map<number, ExemptReading>([[1, one(1, 'make', 0, 0)]]);
      let before = takeLook([...live.values()]);
      let [used, counted, next] = [0, 0, 2];
      const look = (): void => {
        const now = takeLook([...live.values()]);
        counted += countExemptCpu(before, now, LIST);
        before = now;
      };
      const end = (process: ExemptReading): void => {
        const hasChildren = [...live.values()].some(({ parent }) => parent === process.pid);
        const parent = live.get(process.parent);
        if (hasChildren || !parent) return;
        live.delete(process.pid);
        const inherited = process.cpuUsec + process.childUsec;
        live.set(parent.pid, { ...parent, childUsec: parent.childUsec + inherited });
      };
      for (const { pid, usec, what } of steps) {
        const process = [...live.values()][pid % live.size];
        assert.ok(process);
        if (what === 'look') look();
        else if (what === 'end') end(process);
        else if (what === 'fork') {
          live.set(next, one(next, 'cc1', process.pid, 0));
          next += 1;
        } else {
          used += usec;
          live.set(process.pid, { ...process, cpuUsec: process.cpuUsec + usec });
        }
      }
      look();
      assert.equal(counted, used);
    }),
  );
});
