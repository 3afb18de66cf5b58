// Shares of CPU: what is idle is lent, and comes back at once when its owner wakes.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCpuUsec } from '../support/limit-files.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { p95, RulesBox, readHostUsec } from '../support/rules-box.ts';

const CPUS = availableParallelism();
/** Turns of the ceiling over the house (100 ms each) and ticks of /proc/stat (10 ms) are then below a percent. */
const LENT_MS = 10_000;
const WAKES = 20;
const SAMPLE_MS = 100;
/** One turn of a bandwidth period says nothing about a share. */
const WINDOW = 3;
const NO_LIMITS = { cpu: null };

const readBoth = (box: RulesBox): readonly [number, number] => [
  readCpuUsec(box.place('alice').payload),
  readCpuUsec(box.place('bob').payload),
];

/** What alice gets of what the host leaves to the house: nothing is wanted by anybody else in it. */
const measureLent = async (box: RulesBox, t: TestContext): Promise<number> => {
  const { house } = (await box.top()).host;
  const [before, host, start] = [readBoth(box), readHostUsec(), performance.now()];
  await sleep(LENT_MS);
  const [after, hostAfter, ms] = [readBoth(box), readHostUsec(), performance.now() - start];
  const [alice, bob] = [after[0] - before[0], after[1] - before[1]];
  const left = Math.min(house.cpu * ms, alice + bob + hostAfter.idle - host.idle);
  t.diagnostic(`alice: ${Math.round(alice / ms)} of ${Math.round(left / ms)} thousandths of a core that are left`);
  return alice / left;
};

const signalAll = (pids: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void => {
  for (const pid of pids) process.kill(pid, signal);
};

/** Milliseconds from bob's waking until he had 90 % of his half for three samples. */
const measureWake = async (box: RulesBox, bobs: readonly number[]): Promise<number> => {
  const start = performance.now();
  const samples = [readBoth(box)];
  signalAll(bobs, 'SIGCONT');
  const took = await until('bob has his share', async () => {
    await sleep(SAMPLE_MS);
    samples.push(readBoth(box));
    const [from, to] = [samples.at(-1 - WINDOW), samples.at(-1)];
    if (!from || !to) return undefined;
    const [alice, bob] = [to[0] - from[0], to[1] - from[1]];
    return bob >= 0.9 * 0.5 * (alice + bob) ? performance.now() - start : undefined;
  });
  signalAll(bobs, 'SIGSTOP');
  return took;
};

test('idle share is lent, and is back within a second of its owner waking', async (t) => {
  if (!requires(t, 'root', 'lxc', 'overlay', 'loop')) return;
  const box = new RulesBox('');
  try {
    await box.start();
    for (const name of ['alice', 'bob']) await box.add(name, { limits: NO_LIMITS });
    await box.spin('alice', 2 * CPUS);
    const lent = await measureLent(box, t);
    assert.ok(lent > 0.95, `alice gets ${(lent * 100).toFixed(1)} % of what is left`);

    const quiet = new Set(await box.pids('bob'));
    await box.spin('bob', 2 * CPUS);
    const bobs = (await box.pids('bob')).filter((pid) => !quiet.has(pid));
    assert.equal(bobs.length, 2 * CPUS);
    signalAll(bobs, 'SIGSTOP');
    const times: number[] = [];
    for (let i = 0; i < WAKES; i++) {
      const [, before] = readBoth(box);
      await sleep(5 * SAMPLE_MS);
      assert.ok(readBoth(box)[1] - before < 100_000, 'bob sleeps');
      times.push(await measureWake(box, bobs));
    }
    signalAll(bobs, 'SIGCONT');
    t.diagnostic(`bob has his share after ${times.map(Math.round).join(', ')} ms: p95 ${Math.round(p95(times))} ms`);
    assert.ok(p95(times) <= 1000, `${p95(times)} ms`);
  } finally {
    await box.close();
  }
});
