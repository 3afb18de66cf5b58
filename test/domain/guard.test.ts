// The memory guard: its walk second by second, who is stalled, and who is acted on when the host runs short.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advanceGuard,
  CALM,
  type GuardReason,
  type GuardState,
  isHostShort,
  isStalled,
  pickVictims,
} from '../../src/domain/guard.ts';
import { decideHouse } from '../../src/domain/policy.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { EMPTY_STATE, type PolicyState } from '../../src/domain/policy-types.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { makeConfig, makeFrame, makeTenantFrame, START } from './policy-values.ts';

const { guard } = DEFAULT_CONSTANTS;

/** Seconds of a stall, a shortage or peace; tells each step as `second step`. */
const walk = (reasons: readonly GuardReason[]): string[] => {
  const told: string[] = [];
  let state: GuardState = CALM;
  reasons.forEach((reason, index) => {
    const at = START + (index + 1) * 1000;
    const tick = { at, dt: 1000, lastAt: at - 1000, mostMs: 5000 };
    const result = advanceGuard(state, { reason }, tick, guard);
    state = result.state;
    if (result.step) told.push(`${index + 1} ${result.step}${result.step === 'kill' ? ` ${state.kills}` : ''}`);
  });
  return told;
};

const seconds = (count: number, reason: GuardReason): GuardReason[] => Array.from({ length: count }, () => reason);

test('a stall that does not end is walked through all steps, and nothing is done twice', () => {
  assert.deepEqual(walk(seconds(600, 'stall')), [
    '30 reclaim',
    '45 notice',
    '60 kill 1',
    '75 kill 2',
    '90 kill 3',
    '105 restart',
  ]);
});

test('a shortage of the host is acted on at once, with 15 s between kills all the same', () => {
  assert.deepEqual(walk(seconds(600, 'host')), [
    '1 reclaim',
    '6 notice',
    '11 kill 1',
    '26 kill 2',
    '41 kill 3',
    '56 restart',
  ]);
});

test('peace ends the walk after two thirds of the stall; the next one needs 30 s again', () => {
  assert.deepEqual(walk([...seconds(29, 'stall'), ...seconds(20, null), ...seconds(29, 'stall')]), []);
  assert.deepEqual(walk([...seconds(62, 'stall'), ...seconds(20, null), ...seconds(31, 'stall')]), [
    '30 reclaim',
    '45 notice',
    '60 kill 1',
    '112 reclaim',
  ]);
});

test('a breath now and then does not keep the guard away, and no step is taken in it', () => {
  const breathing = Array.from({ length: 60 }, (_, second): GuardReason => (second % 30 === 29 ? null : 'stall'));
  assert.deepEqual(walk(breathing), ['33 reclaim', '48 notice']);
  const kills = [...seconds(44, 'stall'), ...seconds(3, null), ...seconds(3, 'stall')];
  assert.deepEqual(walk(kills), ['30 reclaim', '48 notice']);
});

test('who stalls for less than 60 % of the time is never walked, however it is dealt out', () => {
  const pattern = fc.array(fc.boolean(), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(pattern, (stalls) => {
      if (stalls.filter(Boolean).length >= 6) return;
      assert.deepEqual(walk(Array.from({ length: 600 }, (_, i) => (stalls[i % 10] ? 'stall' : null))), []);
    }),
  );
});

test('a restart ends the walk: who stalls again after it is walked again', () => {
  const again = walk([...seconds(105, 'stall'), null, ...seconds(30, 'stall')]);
  assert.deepEqual(again.slice(-2), ['105 restart', '136 reclaim']);
});

test('a clock set forward is no stall; one frame of a long absence counts five seconds', () => {
  const start = advanceGuard(
    CALM,
    { reason: 'stall' },
    { at: START, dt: 600_000, lastAt: undefined, mostMs: 5000 },
    guard,
  );
  assert.equal(start.state.stalledSince, START - 5000);
  assert.equal(start.step, null);
  const jump = START + 86_400_000;
  const after = advanceGuard(
    start.state,
    { reason: 'stall' },
    { at: jump, dt: 1000, lastAt: START, mostMs: 5000 },
    guard,
  );
  assert.equal(after.step, null);
  assert.equal(jump - (after.state.stalledSince ?? 0), 6000);
});

test('two kills of a tenant are never closer than 15 s', () => {
  const reason = fc.constantFrom<GuardReason>('stall', 'host', 'stall', 'host', 'host', null);
  const runs = fc.array(fc.tuple(reason, fc.integer({ min: 1, max: 80 })), { maxLength: 20 });
  fc.assert(
    fc.property(runs, (parts) => {
      const told = walk(parts.flatMap(([what, count]) => seconds(count, what)));
      const kills = told.filter((line) => line.includes('kill')).map((line) => Number.parseInt(line, 10));
      kills.forEach((second, i) => {
        const before = kills[i - 1];
        if (before !== undefined) assert.ok(second - before >= 10, `${before} and ${second}`);
      });
    }),
  );
});

test('a stall is 60 % of the time without any progress', () => {
  const stalled = (frame: object): boolean => isStalled(makeTenantFrame(frame), guard);
  assert.equal(stalled({ memoryFull: 600 }), true);
  assert.equal(stalled({ memoryFull: 599 }), false);
  assert.equal(stalled({ memoryFull: 1000, up: 'frozen' }), false);
  assert.equal(stalled({ memoryFull: -1, memoryMaxHits: 9999 }), false, 'nobody knows');
});

test('the host is short below 3 % of available memory, or when all of it waits a fifth of the time for what is scarce', () => {
  const short = (over: object): boolean =>
    isHostShort({ ...makeFrame({}), held: GiB, house: 3.5 * GiB, ...over }, guard);
  assert.equal(short({}), false);
  assert.equal(short({ memoryAvailable: 100 * MiB }), true);
  assert.equal(short({ memoryAvailable: 300 * MiB }), false);
  assert.equal(short({ memoryAvailable: 300 * MiB, hostMemoryFull: 200 }), true);
  assert.equal(short({ memoryAvailable: 300 * MiB, hostMemoryFull: 199 }), false);
  assert.equal(short({ memoryAvailable: 300 * MiB, hostMemoryFull: -1 }), false);
  assert.equal(short({ held: 3.4 * GiB, hostMemoryFull: 200 }), true, 'the house is full');
  assert.equal(short({ hostMemoryFull: 1000 }), false, 'a tenant that stalls alone is all the pressure there is');
});

test('a tenant that stalls on an idle host is walked itself, and no neighbour above its share is', () => {
  const config = makeConfig({
    alice: { memory: 64 * MiB, rules: { share: 0.5 } },
    bob: { rules: { share: 0.1 } },
  });
  let states: Record<string, PolicyState> = {};
  const acts: string[] = [];
  for (let second = 0; second < 40; second++) {
    const alice = { memory: 59 * MiB, memoryFull: 950, memoryMaxHits: 3000 };
    const over = { at: START + second * 1000, hostMemoryFull: 930 };
    const frame = makeFrame({ alice, bob: { memory: GiB } }, over);
    const verdicts = decideHouse(frame, config, states, DEFAULT_CONSTANTS);
    states = Object.fromEntries(Object.entries(verdicts).map(([name, { state }]) => [name, state]));
    for (const verdict of Object.values(verdicts))
      acts.push(...verdict.acts.map(({ tenant, kind }) => `${tenant} ${kind}`));
  }
  assert.deepEqual(acts, ['alice reclaim']);
});

test('where memory is scarce a tenant that thrashes at its own limit gets no neighbour walked; who fills the house does', () => {
  const kindsOf = (limit: number | null): string[] => {
    const config = makeConfig({ alice: { memory: limit, rules: { share: 0.5 } }, bob: { rules: { share: 0.1 } } });
    // mostly file pages: memory alone is far from the limit
    const alice = { memory: 40 * MiB, memoryCache: 24 * MiB, memoryFull: 400 };
    const over = { hostMemoryFull: 390, memoryAvailable: 300 * MiB };
    const verdicts = decideHouse(makeFrame({ alice, bob: { memory: GiB } }, over), config, {}, DEFAULT_CONSTANTS);
    return Object.values(verdicts).flatMap(({ acts }) => acts.map(({ tenant, kind }) => `${tenant} ${kind}`));
  };
  assert.deepEqual(kindsOf(64 * MiB), []);
  assert.deepEqual(kindsOf(null), ['bob reclaim']);
});

const house = makeConfig({
  alice: { rules: { share: 0.6 } },
  bob: { rules: { share: 0.2 } },
  carol: { rules: { share: 0.2 } },
});
const shares = { alice: 0.6, bob: 0.2, carol: 0.2 };

test('the furthest above its share is acted on, not the largest', () => {
  const frame = makeFrame({ alice: { memory: 2.5 * GiB }, bob: { memory: 1.2 * GiB }, carol: { memory: 100 } });
  assert.deepEqual(pickVictims({ frame, config: house, shares, states: {} }), { enforced: 'bob', watched: null });
});

test('a frozen tenant holds what it has and is acted on before a neighbour that is less above its share; a stopped one never', () => {
  const pick = (up: 'frozen' | 'stopped') => {
    const frame = makeFrame({ alice: { up, memory: 3.5 * GiB }, bob: { memory: 0.9 * GiB }, carol: { memory: 100 } });
    return pickVictims({ frame, config: house, shares, states: {} }).enforced;
  };
  assert.deepEqual([pick('frozen'), pick('stopped')], ['alice', 'bob']);
});

test('a frozen tenant is walked for the host as any other, and the neighbour is left alone', () => {
  const config = makeConfig({ alice: {}, bob: {}, carol: {} });
  let states: Record<string, PolicyState> = {};
  const acts: string[] = [];
  for (let second = 0; second < 60; second++) {
    const frame = makeFrame(
      { alice: { up: 'frozen', memory: 3 * GiB }, bob: { memory: 1.4 * GiB }, carol: {} },
      { at: START + second * 1000, memoryAvailable: 50 * MiB },
    );
    const verdicts = decideHouse(frame, config, states, DEFAULT_CONSTANTS);
    states = Object.fromEntries(Object.entries(verdicts).map(([name, { state }]) => [name, state]));
    for (const verdict of Object.values(verdicts))
      acts.push(...verdict.acts.map(({ tenant, kind }) => `${tenant} ${kind}`));
  }
  const steps = ['reclaim', 'notice', 'kill', 'kill', 'kill', 'restart'];
  assert.deepEqual(
    acts.slice(0, 6),
    steps.map((kind) => `alice ${kind}`),
  );
});

test('when all are within their shares nobody is acted on: it is the host that is short', () => {
  const frame = makeFrame({ alice: { memory: 2 * GiB }, bob: { memory: 0.7 * GiB }, carol: { memory: 100 } });
  assert.deepEqual(pickVictims({ frame, config: house, shares, states: {} }), { enforced: null, watched: null });
});

test('who is being walked stays the one until it is back within its share or was restarted', () => {
  const walked = (stage: GuardState['stage']) => ({
    carol: { ...EMPTY_STATE, guard: { stalledSince: START, stage, stageAt: START, kills: 0, reason: 'host' as const } },
  });
  const pick = (memory: number, stage: GuardState['stage']) =>
    pickVictims({
      frame: makeFrame({ bob: { memory: 3 * GiB }, carol: { memory } }),
      config: house,
      shares,
      states: walked(stage),
    }).enforced;
  assert.equal(pick(GiB, 'notice'), 'carol');
  assert.equal(pick(0.5 * GiB, 'notice'), 'bob');
  assert.equal(pick(GiB, 'restart'), 'bob');
});

test('a guard that only watches does not shield the others', () => {
  const config = makeConfig({
    alice: { rules: { guardMode: 'watch' } },
    bob: {},
    carol: { rules: { guardMode: 'off' } },
  });
  const frame = makeFrame({ alice: { memory: 3 * GiB }, bob: { memory: 2 * GiB }, carol: { memory: 4 * GiB } });
  const view = { frame, config, shares: { alice: 0.3, bob: 0.3, carol: 0.3 }, states: {} };
  assert.deepEqual(pickVictims(view), { enforced: 'bob', watched: 'alice' });
});
