// A history that cannot be opened at the start: nothing stops, it is told, and it is opened when it can be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../../src/domain/errors.ts';
import { EMPTY_STATE } from '../../src/domain/policy-types.ts';
import type { History, PolicyBatch } from '../../src/ports/history.ts';
import { openPatiently } from '../../src/store/patient-history.ts';
import { createClock, type FakeClock } from '../fakes/clock.ts';
import { createHistory, type FakeHistory } from '../fakes/history.ts';

const NOTHING: PolicyBatch = { states: [], decisions: [], acts: [] };
const STATE = { ...EMPTY_STATE, occurrences: 2 };

interface Scene {
  readonly clock: FakeClock;
  readonly real: FakeHistory;
  readonly history: History;
  readonly told: string[];
  readonly mend: () => void;
  tries: number;
}

const createScene = (): Scene => {
  const real = createHistory();
  real.writePolicy({ ...NOTHING, states: [{ tenantId: 'a', value: STATE }] });
  const clock = createClock();
  const told: string[] = [];
  let broken = true;
  const mend = (): void => {
    broken = false;
  };
  const scene = { clock, real, told, tries: 0, mend };
  const history = openPatiently({
    clock,
    open: () => {
      scene.tries += 1;
      if (broken) throw problem('HISTORY_WRITE', { path: '/usage.db', what: 'opening it', why: 'the disk is full' });
      return real;
    },
    onMissing: ({ code }) => told.push(`missing ${code}`),
    onFound: () => told.push('found'),
  });
  return Object.assign(scene, { history });
};

const isRefused = { code: 'HISTORY_WRITE' };

test('a history that opens is used as it is', () => {
  const real = createHistory();
  const fail = (): never => assert.fail('nothing is missing');
  assert.equal(openPatiently({ open: () => real, clock: createClock(), onMissing: fail, onFound: fail }), real);
});

test('while it cannot be opened reads find nothing, writes say why, and it is told once', () => {
  const { history, told } = createScene();
  assert.deepEqual(history.readLast(), { host: null, tenants: new Map() });
  assert.equal(history.readStates().size, 0);
  assert.deepEqual([...history.readDecisions(0, 1)], []);
  assert.deepEqual(history.listIncidents({ since: 0, until: 1 }), []);
  assert.throws(() => history.writePolicy(NOTHING), isRefused);
  assert.throws(() => history.closeIncident(1, 2, 'x'), isRefused);
  assert.deepEqual(told, ['missing HISTORY_WRITE']);
});

test('it is tried again every ten seconds, not with every write', async () => {
  const scene = createScene();
  for (let second = 0; second < 30; second++) {
    assert.throws(() => scene.history.writePolicy(NOTHING), isRefused);
    await scene.clock.advance(1000);
  }
  assert.equal(scene.tries, 1 + 2);
});

test('the write that finds it is refused, for what it writes was decided without it; then all is there', async () => {
  const scene = createScene();
  const { history, real, told } = scene;
  scene.mend();
  await scene.clock.advance(10_000);
  const fresh: PolicyBatch = { ...NOTHING, states: [{ tenantId: 'a', value: EMPTY_STATE }] };
  assert.throws(() => history.writePolicy(fresh), isRefused);
  assert.deepEqual(told, ['missing HISTORY_WRITE', 'found']);
  assert.deepEqual(history.readStates().get('a'), STATE);
  history.writePolicy(fresh);
  assert.deepEqual(real.readStates().get('a'), EMPTY_STATE);
});

test('a file of a newer program is not waited for', () => {
  const open = (): never => {
    throw problem('STATE_NEWER', { path: '/usage.db', found: 9, known: 1 });
  };
  const silent = (): void => undefined;
  assert.throws(() => openPatiently({ open, clock: createClock(), onMissing: silent, onFound: silent }), {
    code: 'STATE_NEWER',
  });
});
