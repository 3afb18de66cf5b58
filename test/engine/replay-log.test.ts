// The stored log as a replay takes it: commands in front of the frame they are in force for, and no work without a pause.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HouseFrame } from '../../src/domain/policy-types.ts';
import { writeDecisions } from '../../src/engine/decision-log.ts';
import { moveCredits } from '../../src/engine/policy-verbs.ts';
import { createSlices, readMoment, toLogChunk } from '../../src/engine/replay-log.ts';
import { takeConfig } from '../../src/engine/scheduler.ts';
import type { Command } from '../../src/ports/history.ts';
import { createClock } from '../fakes/clock.ts';
import { createScene, tick } from './scene.ts';

const frame = (at: number): HouseFrame => ({
  at,
  dt: 1000,
  hostCpuUsec: 0,
  memoryAvailable: 1,
  memoryTotal: 1,
  hostMemoryFull: -1,
  tenants: {},
});

test('a command stands in front of the first frame with its time or a later one', async () => {
  const config = takeConfig((await createScene()).engine);
  const commands: Command[] = [
    { at: 1500, kind: 'grant', tenant: 'alice', data: { amount: 7 } },
    { at: 3000, kind: 'give', tenant: 'alice', data: { amount: 8, from: 'bob' } },
    { at: 3000, kind: 'pardon', tenant: 'bob', data: {} },
  ];
  const { entries } = toLogChunk({ config, states: null, commands, frames: [1000, 2000, 3000].map(frame) });
  assert.deepEqual(
    entries.map((entry) => (entry.type === 'frame' ? entry.frame.at : entry)),
    [
      1000,
      { type: 'command', command: { do: 'grant', tenant: 'alice', amount: 7 } },
      2000,
      { type: 'command', command: { do: 'give', from: 'bob', tenant: 'alice', amount: 8 } },
      { type: 'command', command: { do: 'pardon', tenant: 'bob' } },
      3000,
    ],
  );
});

test('after a clock was set back a command stands where it was given, not where its time would be', async () => {
  const config = takeConfig((await createScene()).engine);
  const commands: Command[] = [{ at: 5000, frame: 3, kind: 'pardon', tenant: 'alice', data: {} }];
  const { entries } = toLogChunk({ config, states: null, commands, frames: [8000, 9000, 4500, 5000].map(frame) });
  assert.deepEqual(
    entries.map((entry) => (entry.type === 'frame' ? entry.frame.at : entry.type)),
    [8000, 9000, 4500, 'command', 5000],
  );
});

test('work in slices pauses when its time is up, and stops when it is told to', async () => {
  const clock = createClock();
  const stop = new AbortController();
  const slice = createSlices(clock, stop.signal);
  await slice();
  assert.equal(clock.sleepers, 0);
  await clock.advance(25);
  const paused = slice();
  assert.equal(clock.sleepers, 1);
  stop.abort(new Error('stopped'));
  await assert.rejects(paused, /stopped/);
});

test('a moment is what was known then: a gift counts once, what came later does not count', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { credits: 'baseline=0.5,burst=2' } }] });
  await tick(scene, 3);
  moveCredits(scene.engine, 'alice', 2, { by: 'uid:0' });
  await tick(scene, 5);
  const at = scene.box.clock.now() - 1000;
  const then = scene.engine.scheduler.verdicts['alice'];
  moveCredits(scene.engine, 'alice', 3, { by: 'uid:0' });
  await tick(scene, 5);
  writeDecisions(scene.engine);
  const moment = await readMoment(scene.engine, 'alice', at);
  assert.deepEqual(moment?.verdict.holds, then?.holds);
  assert.deepEqual(moment?.verdict.effective, then?.effective);
  const text = moment?.verdict.holds.find(({ rule }) => rule === 'credits')?.text;
  assert.match(text ?? '', /: 2\.[01] credits are left/);
  assert.ok(moment?.frames.every((one) => one.at <= at && one.at > at - 10_000));
});

test('of a time that nobody measured nothing is known', async () => {
  const scene = await createScene();
  const before = scene.box.clock.now() - 3_600_000;
  await tick(scene, 5);
  writeDecisions(scene.engine);
  assert.equal(await readMoment(scene.engine, 'alice', before), undefined);
  assert.equal(await readMoment(scene.engine, 'nobody', scene.box.clock.now()), undefined);
});
