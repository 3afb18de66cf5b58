// Penalties and what is told of them; traffic that is only counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pardon } from '../../src/domain/ladder.ts';
import type { Rules } from '../../src/domain/rules.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { one, openHouse, tellActs } from './policy-house.ts';
import { CORE, makeConfig, type TenantSpec } from './policy-values.ts';

const HOUR = 3_600_000;

const hurting = {
  alice: { cpuUsec: 1.6 * CORE },
  bob: { cpuUsec: 0.3 * CORE, cpuPressure: 900 },
};

const scored = (rules: Partial<Rules>, spec: TenantSpec = {}) =>
  openHouse(makeConfig({ alice: { ...spec, rules: { scoreMode: 'enforce', ...rules } }, bob: {} }));

test('who hurts others for ten minutes of the worst is held to 0.8 of its share, and free half an hour later', () => {
  const house = scored({});
  const worst = { ...hurting, alice: { cpuUsec: 2 * CORE } };
  assert.equal(house.run(599, worst)['alice']?.effective.cpu, null);
  const verdict = house.run(2, worst)['alice'];
  assert.equal(verdict?.effective.cpu, 800);
  assert.equal(verdict?.holds[0]?.rule, 'score');
  assert.deepEqual(tellActs(house.acts), ['score penalty cpu 1000 800']);
  assert.equal(house.acts[0]?.figures['hurt'], 'bob');
  house.run(1798, worst);
  assert.equal(house.run(3, worst)['alice']?.effective.cpu, null);
  assert.deepEqual(tellActs(house.acts.slice(1)), ['score penalty-ended cpu 800 null']);
  assert.deepEqual(house.tick(worst)['bob']?.acts, []);
});

test('a penalty takes its part of the hard cap where there is one, and a neighbour that comes does not move it', () => {
  const house = scored({}, { cpu: 1500 });
  house.edit('alice', (state) => ({ ...state, score: { cpu: 100, memory: 0, io: 0 } }));
  assert.equal(house.tick(hurting)['alice']?.effective.cpu, 1200);
  house.change(makeConfig({ alice: { cpu: 1500, rules: { scoreMode: 'enforce' } }, bob: {}, carol: {}, dave: {} }));
  assert.equal(house.tick(hurting)['alice']?.effective.cpu, 1200);
  assert.equal(house.acts.length, 1);
});

test('who held the disk is held by its CPU; who held memory by its memory', () => {
  const loads = {
    io: { alice: { ioBytes: 100 * MiB }, bob: { ioPressure: 900 } },
    memory: { alice: { memory: 3 * GiB }, bob: { memoryPressure: 900 } },
  };
  for (const [resource, cpu, memory] of [
    ['io', 800, null],
    ['memory', null, Math.round(1.6 * GiB)],
  ] as const) {
    const house = scored({});
    house.edit('alice', (state) => ({ ...state, score: { cpu: 0, memory: 0, io: 0, [resource]: 100 } }));
    const { effective } = house.tick(loads[resource])['alice'] ?? {};
    assert.deepEqual([effective?.cpu, effective?.memory], [cpu, memory]);
  }
});

test('at the end of the ladder it is frozen, and thawed when that is over', () => {
  const house = scored({ ladderEnd: 'freeze' });
  house.edit('alice', (state) => ({ ...state, score: { cpu: 100, memory: 0, io: 0 }, occurrences: 3 }));
  const frozen = house.tick(hurting)['alice'];
  assert.deepEqual([frozen?.effective.hold, frozen?.effective.cpu], ['frozen', null]);
  assert.match(frozen?.holds[0]?.text ?? '', /^frozen by a penalty/);
  assert.equal(house.tick({}, { dt: 2 * HOUR })['alice']?.effective.hold, 'none');
  assert.deepEqual(tellActs(house.acts), ['score freeze cpu null null', 'score thaw cpu null null']);
});

test('a pardon is told and is felt in the next tick', () => {
  const house = scored({});
  house.edit('alice', (state) => ({ ...state, score: { cpu: 100, memory: 0, io: 0 } }));
  house.tick(hurting);
  house.edit('alice', pardon);
  assert.equal(house.tick(hurting)['alice']?.effective.cpu, null);
  assert.deepEqual(house.acts.map(({ cause }) => cause).at(-1), 'its penalty was ended');
});

test('a score that is only watched tells the penalty and holds nobody; switched on it begins anew', () => {
  const house = scored({ scoreMode: 'watch' });
  house.edit('alice', (state) => ({ ...state, score: { cpu: 100, memory: 0, io: 0 } }));
  const watched = house.tick(hurting)['alice'];
  assert.deepEqual([watched?.effective.cpu, watched?.acts[0]?.mode, watched?.acts[0]?.to], [null, 'watch', 800]);
  assert.equal(watched?.holds[0]?.rule, 'house');
  house.change(makeConfig({ alice: { rules: { scoreMode: 'enforce' } }, bob: {} }));
  const on = house.tick(hurting)['alice'];
  assert.deepEqual([on?.effective.cpu, on?.state.penalty], [null, null]);
  assert.deepEqual(
    house.acts.map(({ kind, mode }) => `${kind} ${mode}`),
    ['penalty watch', 'penalty-ended watch'],
  );
});

test('a budget of traffic is counted and told once when it is spent', () => {
  const house = one({ budgetEgress: { amount: 10 * GiB, period: 'month' } });
  house.run(30, { alice: { egressBytes: GiB } });
  assert.deepEqual(tellActs(house.acts), ['budget notice egress null null']);
});
