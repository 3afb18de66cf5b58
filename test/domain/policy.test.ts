// The decision of a tick: each rule alone, together, only watched, and what must hold whatever happens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { pardon } from '../../src/domain/ladder.ts';
import { decideHouse, sharesAt } from '../../src/domain/policy.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import {
  type Act,
  EMPTY_STATE,
  type HouseConfig,
  type PolicyState,
  type TenantFrame,
  type Verdict,
} from '../../src/domain/policy-types.ts';
import type { Rules } from '../../src/domain/rules.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { CORE, makeConfig, makeFrame, START, statesOf, type TenantSpec } from './policy-values.ts';

const HOUR = 3_600_000;

/** A house that is decided on tick by tick. */
const openHouse = (first: HouseConfig, constants = DEFAULT_CONSTANTS) => {
  let config = first;
  let states: Record<string, PolicyState> = {};
  let at = START;
  const acts: Act[] = [];
  return {
    acts,
    get at() {
      return at;
    },
    change(next: HouseConfig) {
      config = next;
    },
    edit(name: string, change: (state: PolicyState) => PolicyState) {
      states = { ...states, [name]: change(states[name] ?? EMPTY_STATE) };
    },
    tick(
      tenants: Readonly<Record<string, Partial<TenantFrame>>>,
      over: { dt?: number; memoryAvailable?: number } = {},
    ) {
      at += over.dt ?? 1000;
      const verdicts = decideHouse(makeFrame(tenants, { ...over, at }), config, states, constants);
      states = JSON.parse(JSON.stringify(statesOf(verdicts)));
      acts.push(...Object.values(verdicts).flatMap((verdict) => verdict.acts));
      return verdicts;
    },
    run(count: number, tenants: Readonly<Record<string, Partial<TenantFrame>>>) {
      let last: Record<string, Verdict> = {};
      for (let i = 0; i < count; i++) last = this.tick(tenants);
      return last;
    },
  };
};

const one = (rules: Partial<Rules>, spec: TenantSpec = {}) => openHouse(makeConfig({ alice: { ...spec, rules } }));
const tellActs = (acts: readonly Act[]): string[] =>
  acts.map(({ rule, kind, resource, from, to }) => `${rule} ${kind} ${resource} ${from} ${to}`);

test('a tenant that nothing is known of gets its share, no cap, and no act', () => {
  const { alice, bob } = openHouse(makeConfig({ alice: { cpu: 500 }, bob: { memory: GiB } })).tick({ alice: {} });
  assert.deepEqual(alice?.effective, { cpu: 500, cpuWeight: 100, memory: null, memoryLow: 2 * GiB, hold: 'none' });
  assert.deepEqual(bob?.effective, { cpu: null, cpuWeight: 100, memory: GiB, memoryLow: GiB, hold: 'none' });
  assert.deepEqual(alice?.acts, []);
  assert.deepEqual(
    alice?.holds.map(({ rule, text }) => `${rule} ${text}`),
    [
      'limit 0.5 cores: its own limit',
      'house 2 cores: what all tenants together may use',
      'house 4G: what all tenants together may use',
    ],
  );
});

test('shares that are off or watched leave the weight of the limit and protect no memory', () => {
  for (const shareMode of ['off', 'watch'] as const) {
    const config = makeConfig({ alice: { cpuWeight: 300, rules: { shareMode } }, bob: {} });
    assert.deepEqual(openHouse(config).tick({})['alice']?.effective, {
      ...{ cpu: null, cpuWeight: 300, memory: null, memoryLow: 0, hold: 'none' },
    });
  }
});

test('what is decided as before is not told again', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  house.run(100, { alice: { cpuUsec: 0.5 * CORE } });
  assert.deepEqual(tellActs(house.acts), ['credits lower cpu null 500']);
});

test('credits: the cap is the baseline at zero, rises with what is saved, and falls gradually when it is spent', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  house.tick({ alice: {} });
  house.edit('alice', (state) => ({ ...state, credits: 20 * CREDIT_USEC }));
  assert.equal(house.tick({ alice: { cpuUsec: 0.5 * CORE } })['alice']?.effective.cpu, 2000);
  const caps: (number | null)[] = [];
  for (let i = 0; i < 3000; i++) {
    const cap = house.tick({ alice: { cpuUsec: 2 * CORE } })['alice']?.effective.cpu ?? null;
    if (cap !== caps.at(-1)) caps.push(cap);
  }
  assert.equal(caps.at(-1), 500);
  caps.forEach((cap, i) => {
    const before = caps[i - 1] ?? 2000;
    assert.ok(before !== null && cap !== null && cap <= before && before - cap <= 75, `${before} -> ${cap}`);
  });
});

test('a grant is felt in the next tick, though the cap was lowered a second ago', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  assert.equal(house.tick({ alice: {} })['alice']?.acts.length, 1);
  house.edit('alice', (state) => ({ ...state, credits: 100 * CREDIT_USEC }));
  assert.equal(house.tick({ alice: {} })['alice']?.effective.cpu, 2000);
});

test('without a new cause a cap does not turn back within a minute', () => {
  const house = one({ credits: { baseline: 100, burst: 200 } });
  house.tick({ alice: {} }, { dt: 1000 });
  const rise = house.run(58, { alice: {} });
  assert.equal(rise['alice']?.effective.cpu, 100);
  assert.ok((rise['alice']?.state.credits ?? 0) > 5 * 1_000_000, 'there is enough for a higher cap');
  assert.ok((house.run(3, { alice: {} })['alice']?.effective.cpu ?? 0) > 100);
});

test('a tenant that is stopped earns no credits and keeps what it has; a frozen one earns', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  const credits = (up: TenantFrame['up'], dt: number, cpuUsec = 0): number =>
    (house.tick({ alice: { up, cpuUsec } }, { dt })['alice']?.state.credits ?? 0) / CREDIT_USEC;
  assert.equal(credits('running', HOUR), 30);
  assert.equal(credits('stopped', 30 * 24 * HOUR), 30);
  assert.equal(credits('frozen', HOUR), 60);
  assert.equal(credits('stopped', HOUR, 10 * CREDIT_USEC), 50, 'what it used before it stopped is paid');
});

test('an hour without the daemon is charged to credits and budgets in full', () => {
  const rules = {
    credits: { baseline: 500, burst: 2000 },
    budgetCpu: { amount: 4 * 3600 * CORE, period: 'day' },
  } as const;
  const house = one(rules);
  house.edit('alice', (state) => ({ ...state, credits: 100 * CREDIT_USEC }));
  const { state } = house.tick({ alice: { cpuUsec: 3600 * CORE } }, { dt: HOUR })['alice'] ?? { state: EMPTY_STATE };
  assert.equal((state.credits ?? 0) / CREDIT_USEC, 70);
  assert.equal(state.budgets.cpu?.spent, 3600 * CORE);
});

test('a budget: the cap goes down from 75 %, never below the floor, never up again within the period', () => {
  const house = one({ budgetCpu: { amount: 1000 * CORE, period: 'day' }, budgetFloor: 100 }, { cpu: 1000 });
  let before = 1000;
  const seen = new Set<number>();
  for (let i = 0; i < 1100; i++) {
    const cap = house.tick({ alice: { cpuUsec: CORE } })['alice']?.effective.cpu ?? 0;
    assert.ok(cap <= before && cap >= 100);
    if (i < 749) assert.equal(cap, 1000);
    seen.add(cap);
    before = cap;
  }
  assert.equal(before, 100);
  assert.equal(seen.size, 51);
  assert.match(house.acts.at(-1)?.cause ?? '', /^100 % of its cpu budget of 0\.28h\/day is spent$/);
});

test('a new period gives all back, a second after the last step down', () => {
  const house = one({ budgetCpu: { amount: 3600 * CORE, period: 'hour' } }, { cpu: 1000 });
  house.tick({ alice: { cpuUsec: 3590 * CORE } }, { dt: HOUR - 2000 });
  assert.ok((house.tick({ alice: { cpuUsec: CORE } })['alice']?.effective.cpu ?? 0) < 200);
  assert.equal(house.run(2, { alice: {} })['alice']?.effective.cpu, 1000);
  assert.equal(house.acts.at(-1)?.kind, 'raise');
});

test('a budget of memory lowers the memory, not below a quarter of the limit', () => {
  const house = one({ budgetMemory: { amount: 100 * GiB, period: 'day' } }, { memory: GiB });
  const at = (dt: number): number | null | undefined =>
    house.tick({ alice: { memory: GiB } }, { dt: dt * 1000 })['alice']?.effective.memory;
  assert.equal(at(75), GiB);
  const middle = at(12.5) ?? 0;
  assert.ok(middle < 0.7 * GiB && middle > 0.55 * GiB);
  assert.equal(at(50), 0.25 * GiB);
});

test('a budget of traffic is counted and told once when it is spent', () => {
  const house = one({ budgetEgress: { amount: 10 * GiB, period: 'month' } });
  house.run(30, { alice: { egressBytes: GiB } });
  assert.deepEqual(tellActs(house.acts), ['budget notice egress null null']);
});

test('a window stands in for the limit, tells its beginning and its end, and lifts a limit with cpu=max', () => {
  const windows = [
    { name: 'exam', when: '* 1 * * *', cpu: 250 },
    { name: 'nights', when: '* 2 * * *', cpu: null, share: 0.5 },
  ];
  const house = openHouse(makeConfig({ alice: { cpu: 1000, rules: { windows } }, bob: {}, carol: {}, dave: {} }));
  const at = (): [number | null | undefined, number | undefined] => {
    const { effective } = house.tick({ alice: {} }, { dt: HOUR })['alice'] ?? {};
    return [effective?.cpu, effective?.cpuWeight];
  };
  assert.deepEqual(at(), [250, 100]);
  assert.deepEqual(at(), [null, 200]);
  assert.deepEqual(at(), [1000, 100]);
  assert.deepEqual(tellActs(house.acts), [
    'window lower cpu 1000 250',
    'window raise cpu 250 null',
    'window raise cpu 500 1000',
    'window lower cpu null 1000',
    'window lower cpu 1000 500',
  ]);
});

test('a window that is only watched is told and changes nothing', () => {
  const windows = [{ name: 'exam', when: '* 1 * * *', cpu: 250, share: 0.9 }];
  const house = openHouse(makeConfig({ alice: { rules: { windows, windowsMode: 'watch' } }, bob: {} }));
  const { effective } = house.tick({}, { dt: HOUR })['alice'] ?? {};
  assert.deepEqual([effective?.cpu, effective?.cpuWeight], [null, 100]);
  assert.deepEqual([...new Set(house.acts.map(({ mode }) => mode))], ['watch']);
  assert.equal(house.acts.length, 2);
});

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

test('a rule that is switched to watch lets go in its old mode and goes on in the new one', () => {
  const credits = { baseline: 500, burst: 2000 };
  const house = one({ credits });
  house.tick({ alice: {} });
  house.change(makeConfig({ alice: { rules: { credits, creditsMode: 'watch' } } }));
  assert.equal(house.tick({ alice: {} })['alice']?.effective.cpu, null);
  house.change(makeConfig({ alice: { rules: { credits, creditsMode: 'off' } } }));
  house.tick({ alice: {} });
  assert.deepEqual(
    house.acts.map(({ kind, mode, to }) => `${kind} ${mode} ${to}`),
    ['lower enforce 500', 'raise enforce null', 'lower watch 500', 'raise watch null'],
  );
});

test('the strictest of all rules holds, and holds are told strictest first', () => {
  const house = one(
    {
      credits: { baseline: 300, burst: 2000 },
      budgetCpu: { amount: 100 * CORE, period: 'day' },
      windows: [{ name: 'day', when: '* * * * *', cpu: 900 }],
    },
    { cpu: 1500 },
  );
  const verdict = house.tick({ alice: { cpuUsec: 100 * CORE } })['alice'];
  assert.equal(verdict?.effective.cpu, 50);
  assert.deepEqual(
    verdict?.holds.map(({ rule, cap }) => [rule, cap]),
    [
      ['budget', 50],
      ['credits', 300],
      ['window', 900],
      ['house', 2000],
      ['house', 4 * GiB],
    ],
  );
});

test('the guard walks a tenant that stalls, and tells what it rests on', () => {
  const house = one({}, { memory: 256 * MiB });
  house.run(60, { alice: { memory: 250 * MiB, memoryFull: 900 } });
  assert.deepEqual(tellActs(house.acts), [
    `guard reclaim memory ${250 * MiB} ${225 * MiB}`,
    'guard notice memory null null',
    'guard kill memory null null',
  ]);
  assert.equal(house.acts[0]?.figures['memoryFull'], 900);
});

test('while the host runs short only the furthest above its share is acted on, not those it makes wait', () => {
  const house = openHouse(makeConfig({ alice: {}, bob: {} }));
  const short = { alice: { memory: 3.5 * GiB }, bob: { memory: 0.3 * GiB, memoryFull: 900 } };
  for (let i = 0; i < 90; i++) house.tick(short, { memoryAvailable: 10 * MiB });
  assert.deepEqual([...new Set(house.acts.map(({ tenant }) => tenant))], ['alice']);
  assert.equal(house.acts.filter(({ kind }) => kind === 'kill').length, 3);
});

test('a guard that is off does nothing, one that watches only tells', () => {
  const off = one({ guardMode: 'off' });
  off.run(60, { alice: { memoryFull: 900 } });
  assert.deepEqual(off.acts, []);
  const watch = one({ guardMode: 'watch' });
  watch.run(600, { alice: { memoryFull: 900 } });
  assert.equal(watch.acts.length, 6);
  assert.ok(watch.acts.every(({ mode }) => mode === 'watch'));
});

test('a share of a window counts when shares are dealt out', () => {
  const windows = [{ name: 'nights', when: '* 0 * * *', share: 0.8 }];
  const config = makeConfig({ alice: { rules: { windows } }, bob: {} });
  const round = (at: number): number[] => Object.values(sharesAt(config, at)).map((share) => Number(share.toFixed(6)));
  assert.deepEqual(round(START), [0.8, 0.2]);
  assert.deepEqual(round(START + HOUR), [0.5, 0.5]);
});

/** Loads of any kind, many seconds of each, so that rules have time to act. */
const anyFrame = fc.record({
  cpuUsec: fc.integer({ min: 0, max: 2 * CORE }),
  exemptUsec: fc.constantFrom(0, 0, CORE),
  throttled: fc.constantFrom(0, 500),
  memory: fc.integer({ min: 0, max: 3 * GiB }),
  cpuPressure: fc.constantFrom(-1, 0, 500, 1000),
  memoryPressure: fc.constantFrom(-1, 0, 700),
  memoryFull: fc.constantFrom(-1, 0, 800),
  ioPressure: fc.constantFrom(-1, 0, 600),
  memoryMaxHits: fc.constantFrom(0, 500),
  ioBytes: fc.integer({ min: 0, max: 100 * MiB }),
  egressBytes: fc.integer({ min: 0, max: MiB }),
  up: fc.constantFrom<TenantFrame['up']>('running', 'running', 'running', 'frozen', 'stopped'),
});

const anyRules: fc.Arbitrary<Partial<Rules>> = fc.record({
  scoreMode: fc.constantFrom('watch', 'enforce'),
  creditsMode: fc.constantFrom('watch', 'enforce'),
  ladderEnd: fc.constantFrom('repeat', 'freeze', 'stop'),
  credits: fc.constantFrom(null, { baseline: 200, burst: 1500 }, { baseline: 500, burst: 501 }),
  budgetCpu: fc.constantFrom(null, { amount: 2000 * CORE, period: 'day' as const }),
  budgetMemory: fc.constantFrom(null, { amount: 2000 * GiB, period: 'day' as const }),
});

const anyLoad = fc.array(fc.record({ alice: anyFrame, bob: anyFrame, seconds: fc.integer({ min: 1, max: 200 }) }), {
  minLength: 1,
  maxLength: 12,
});

const FAST = { ...DEFAULT_CONSTANTS, score: { ...DEFAULT_CONSTANTS.score, fillMs: 60_000, emptyMs: 120_000 } };
const TIGHTENS = new Set(['lower', 'penalty', 'freeze', 'stop']);
const EASES = new Set(['raise', 'penalty-ended', 'thaw', 'start']);

const assertNoneTurnedBack = (acts: readonly Act[]): void => {
  const last: Record<string, Act> = {};
  for (const act of acts.filter(({ kind }) => TIGHTENS.has(kind) || EASES.has(kind))) {
    const key = `${act.tenant} ${act.rule}`;
    const before = last[key];
    if (before && TIGHTENS.has(before.kind) !== TIGHTENS.has(act.kind)) {
      assert.ok(act.at - before.at >= 60_000, `${before.kind} ${before.at} ${act.kind} ${act.at}`);
    }
    last[key] = act;
  }
};

const assertFloors = ({ effective, acts }: Verdict): void => {
  assert.ok(effective.cpu === null || effective.cpu >= 10);
  assert.ok(effective.memory === null || effective.memory >= 0.25 * GiB);
  assert.ok(acts.every(({ cause }) => cause.length > 10));
};

test('whatever happens: no act is turned back within a minute, and nothing falls below its floor', () => {
  fc.assert(
    fc.property(anyRules, anyRules, anyLoad, (alice, bob, load) => {
      const config = makeConfig({ alice: { rules: alice, memory: GiB }, bob: { rules: bob, cpu: 700 } });
      const house = openHouse(config, FAST);
      for (const { seconds, ...tenants } of load) {
        for (let i = 0; i < seconds; i++) Object.values(house.tick(tenants)).forEach(assertFloors);
      }
      assertNoneTurnedBack(house.acts);
    }),
    { numRuns: 60 },
  );
});
