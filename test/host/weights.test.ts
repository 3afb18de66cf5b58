// Weights between tenants: two busy loops on one CPU share it as their weights say, live.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, before, test } from 'node:test';
import { Box, SMALL } from '../support/daemon.ts';
import { isV2, readCpuUsec, readLimit, writeLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';

/** CPU time that both must have used together before the shares are compared: some dozens of turns of the scheduler. */
const MEASURED_USEC = 2_000_000;
/** One CPU for both; a kernel without cpuset (the lab's) has but one. */
const PINNED = availableParallelism() > 1 ? { cpuset: '0' } : {};

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  for (const [name, cpuWeight] of [
    ['alice', 300],
    ['bob', 100],
  ] as const) {
    await box.add(name, { limits: { ...SMALL, ...PINNED, cpu: null, cpuWeight } });
    await box.background(name, 'while :; do :; done');
  }
});
after(() => box?.close());

/** Alice's CPU time over bob's, by the kernel's own count. */
const measureRatio = async (): Promise<number> => {
  const read = () => [readCpuUsec(box.place('alice').payload), readCpuUsec(box.place('bob').payload)] as const;
  const [alice, bob] = read();
  const used = await until('both have used CPU time', async () => {
    const [a, b] = read();
    return a - alice + b - bob > MEASURED_USEC ? ([a - alice, b - bob] as const) : undefined;
  });
  return used[0] / used[1];
};

test('two busy tenants on one CPU share it as their weights say, and a new weight acts at once', async (t) => {
  if (!can(t)) return;
  const three = await measureRatio();
  await box.set('alice', { limits: { cpuWeight: 100 } });
  const one = await measureRatio();
  t.diagnostic(`CPU time of alice over bob: ${three.toFixed(2)} at 300:100, ${one.toFixed(2)} at 100:100`);
  assert.ok(three > 2.2 && three < 3.8, `${three}`);
  assert.ok(one > 0.7 && one < 1.4, `${one}`);
});

test("a weight changed by hand on the tenant's own group is written back", async (t) => {
  if (!can(t)) return;
  const { root } = box.place('bob');
  const wanted = isV2() ? 100 : 1024;
  assert.equal(readLimit(root, 'cpuWeight'), wanted);
  const since = (await box.version()).lastSeq;
  writeLimit(root, 'cpuWeight', wanted * 4);
  const event = await box.waitForEvent('drift-repaired', 'bob', since);
  assert.equal(event.data['limit'], 'cpuWeight');
  await untilEqual(() => readLimit(root, 'cpuWeight'), wanted, 'the weight in the kernel');
});
