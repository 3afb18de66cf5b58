// What waits for the next batch: nothing is lost while the disk is full but what a minute cannot hold.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../src/engine/outbox.ts';
import { makeAct, makeConfig, makeFrame, makeState } from '../store/decision-values.ts';

const START = Date.parse('2026-06-01T10:00:00Z');
const states = { alice: makeState(1) };
const config = makeConfig();

const fill = (outbox: Outbox, seconds: number, from = 0): void => {
  for (let i = from; i < from + seconds; i++) outbox.addFrame(config, makeFrame(START + i * 1000), () => states);
};

test('frames under one configuration are one chunk, begun with the states before it', () => {
  const outbox = new Outbox();
  fill(outbox, 3);
  const [chunk, ...rest] = outbox.peek().decisions;
  assert.deepEqual(rest, []);
  assert.deepEqual([chunk?.frames.length, chunk?.states], [3, states]);
  outbox.clear();
  fill(outbox, 2, 3);
  assert.deepEqual(
    outbox.peek().decisions.map(({ frames, states: own }) => [frames.length, own]),
    [[2, null]],
  );
});

test('a change of the configuration begins a chunk', () => {
  const outbox = new Outbox();
  fill(outbox, 2);
  outbox.addFrame(makeConfig(500), makeFrame(START + 2000), () => states);
  assert.deepEqual(
    outbox.peek().decisions.map(({ frames, states: own }) => [frames.length, own === null]),
    [
      [2, false],
      [1, true],
    ],
  );
});

test('states are put in front once an hour', () => {
  const outbox = new Outbox();
  fill(outbox, 1);
  outbox.clear();
  fill(outbox, 1, 3599);
  assert.equal(outbox.peek().decisions[0]?.states, null);
  outbox.clear();
  fill(outbox, 1, 3600);
  assert.equal(outbox.peek().decisions[0]?.states, states);
});

test('a command belongs to the frame after it', () => {
  const outbox = new Outbox();
  fill(outbox, 1);
  outbox.clear();
  const command = { at: START + 500, kind: 'pardon', tenant: 'alice', data: {} } as const;
  outbox.addCommand(command);
  assert.deepEqual(outbox.peek().decisions, []);
  fill(outbox, 1, 1);
  assert.deepEqual(outbox.peek().decisions[0]?.commands, [{ ...command, frame: 0 }]);
  outbox.addCommand(command);
  fill(outbox, 1, 2);
  assert.equal(outbox.peek().decisions[0]?.commands[1]?.frame, 1);
});

test('a command that the states in front have in them already is not in the chunk', () => {
  const outbox = new Outbox();
  outbox.addCommand({ at: START, kind: 'grant', tenant: 'alice', data: { amount: 1 } });
  fill(outbox, 1);
  assert.deepEqual([outbox.peek().decisions[0]?.states, outbox.peek().decisions[0]?.commands], [states, []]);
});

test('a minute of frames is written without waiting, and the next chunk goes on from there', () => {
  const written: number[] = [];
  const outbox: Outbox = new Outbox(() => {
    written.push(...outbox.peek().decisions.map(({ frames }) => frames.length));
    outbox.clear();
  });
  fill(outbox, 61);
  assert.deepEqual(written, [60]);
  const [chunk] = outbox.peek().decisions;
  assert.deepEqual([chunk?.frames.length, chunk?.states], [1, null]);
});

test('what cannot be written stays; after a minute frames go, and the next chunk has states to begin from', () => {
  const outbox = new Outbox();
  fill(outbox, 60);
  outbox.addAct('a', makeAct(START));
  outbox.setState('a', makeState(1));
  outbox.setState('a', makeState(2));
  assert.equal(outbox.peek().decisions[0]?.frames.length, 60);
  fill(outbox, 1, 60);
  assert.deepEqual(
    outbox.peek().decisions.map(({ frames, states: own }) => [frames.length, own]),
    [[1, states]],
  );
  assert.equal(outbox.peek().acts.length, 1);
  assert.deepEqual(outbox.peek().states, [{ tenantId: 'a', value: makeState(2) }]);
});

test('the oldest acts go when there are too many, and those of a forgotten tenant', () => {
  const outbox = new Outbox();
  for (let i = 0; i < 2001; i++) outbox.addAct(i % 2 ? 'a' : 'b', makeAct(START + i));
  assert.deepEqual([outbox.peek().acts.length, outbox.peek().acts[0]?.value.at], [2000, START + 1]);
  outbox.setState('a', makeState(1));
  outbox.forgetTenant('a');
  assert.deepEqual([outbox.peek().acts.length, outbox.peek().states], [1000, []]);
});
