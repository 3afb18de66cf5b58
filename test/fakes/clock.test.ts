// The fake clock wakes sleepers in order and only when it is moved.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from './clock.ts';

test('sleepers wake in the order of their deadlines, at their own time', async () => {
  const clock = createClock();
  const woken: [string, number][] = [];
  const sleep = (name: string, ms: number) => clock.sleep(ms).then(() => woken.push([name, clock.monotonic()]));
  void sleep('late', 50);
  void sleep('early', 20);
  await clock.advance(10);
  assert.deepEqual(woken, []);
  await clock.advance(40);
  assert.deepEqual(woken, [
    ['early', 20],
    ['late', 50],
  ]);
});

test('a loop that sleeps again is woken again within one advance', async () => {
  const clock = createClock();
  const ticks: number[] = [];
  const loop = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await clock.sleep(1000);
      ticks.push(clock.monotonic());
    }
  };
  const done = loop();
  await clock.advance(3500);
  await done;
  assert.deepEqual(ticks, [1000, 2000, 3000]);
  assert.equal(clock.monotonic(), 3500);
});

test('an aborted sleep rejects with the reason and leaves no sleeper', async () => {
  const clock = createClock();
  const abort = new AbortController();
  const slept = clock.sleep(1000, abort.signal);
  abort.abort(new Error('stop'));
  await assert.rejects(slept, /stop/);
  assert.equal(clock.sleepers, 0);
});

test('the wall time jumps without the monotonic time', () => {
  const clock = createClock();
  clock.setWall(5);
  assert.equal(clock.now(), 5);
  assert.equal(clock.monotonic(), 0);
});
