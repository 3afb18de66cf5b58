// Replay: what was recorded comes out again exactly, however the log is cut; other rules give other acts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { decideHouse } from '../../src/domain/policy.ts';
import { applyCommand, forgetGone, type PolicyCommand, type States } from '../../src/domain/policy-commands.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { type Act, EMPTY_STATE, type HouseConfig, type HouseFrame } from '../../src/domain/policy-types.ts';
import { countDifferences, type LogChunk, type LogEntry, replay } from '../../src/domain/replay.ts';
import { GiB } from '../../src/domain/units.ts';
import { CORE, makeConfig, makeFrame, START, statesOf } from './policy-values.ts';

const constants = { ...DEFAULT_CONSTANTS, score: { ...DEFAULT_CONSTANTS.score, fillMs: 20_000 } };

const CONFIGS: readonly HouseConfig[] = [
  makeConfig({ alice: { rules: { credits: { baseline: 300, burst: 2000 } } }, bob: {} }),
  makeConfig({
    alice: { rules: { scoreMode: 'enforce' } },
    bob: { rules: { credits: { baseline: 500, burst: 900 } } },
  }),
  makeConfig({
    alice: {
      cpu: 800,
      rules: { budgetCpu: { amount: 60 * CORE, period: 'day' }, scoreMode: 'enforce', ladderEnd: 'stop' },
    },
    bob: { rules: { windows: [{ name: 'odd', when: '*/2 * * * *', cpu: 500, share: 0.7 }] } },
    carol: { rules: { credits: { baseline: 100, burst: 600 }, creditsMode: 'watch' } },
  }),
];

const anyTenant = fc.record({
  cpuUsec: fc.integer({ min: 0, max: 2 * CORE }),
  cpuPressure: fc.constantFrom(-1, 0, 900),
  memory: fc.integer({ min: 0, max: 3 * GiB }),
  memoryFull: fc.constantFrom(0, 900),
});

const anyCommand: fc.Arbitrary<PolicyCommand> = fc.oneof(
  fc.record({ do: fc.constant('pardon' as const), tenant: fc.constantFrom('alice', 'bob') }),
  fc.record({
    do: fc.constant('grant' as const),
    tenant: fc.constantFrom('alice', 'bob'),
    amount: fc.nat(CREDIT_USEC),
  }),
  fc.record({
    do: fc.constant('give' as const),
    from: fc.constant('alice'),
    tenant: fc.constantFrom('bob', 'alice'),
    amount: fc.nat(CREDIT_USEC),
  }),
);

const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ alice: anyTenant, bob: anyTenant, seconds: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: anyCommand },
  { weight: 1, arbitrary: fc.constantFrom(...CONFIGS) },
);

/** After how many entries the daemon is started again; whether the next chunk has its states written down. */
const anyCuts = fc.array(fc.record({ after: fc.integer({ min: 1, max: 120 }), written: fc.boolean() }));

type Step = HouseConfig | PolicyCommand | { readonly seconds: number };

const toEntries = (steps: readonly unknown[]): LogEntry[] => {
  const entries: LogEntry[] = [{ type: 'config', config: CONFIGS[0] ?? makeConfig({}) }];
  let at = START;
  for (const step of steps as Step[]) {
    if ('house' in step) entries.push({ type: 'config', config: step });
    else if ('do' in step) entries.push({ type: 'command', command: step });
    else {
      const { seconds, ...tenants } = step;
      for (let i = 0; i < seconds; i++) {
        at += 1000;
        entries.push({ type: 'frame', frame: makeFrame(tenants, { at }) });
      }
    }
  }
  return entries;
};

/** The daemon's memory as it runs; null for an entry = it was refused, and is not recorded. */
const liveOn = (states: States, config: HouseConfig, entry: LogEntry): { states: States; acts: Act[] } | null => {
  if (entry.type === 'config') return { states: forgetGone(states, entry.config), acts: [] };
  if (entry.type === 'frame') {
    const verdicts = decideHouse(entry.frame, config, states, constants);
    const acts = Object.values(verdicts).flatMap((verdict) => verdict.acts);
    return { states: { ...states, ...statesOf(verdicts) }, acts };
  }
  try {
    return { states: applyCommand(states, config, entry.command).states, acts: [] };
  } catch {
    return null;
  }
};

/** The daemon as it ran: it decides, records its log in chunks, and forgets everything but its file at each start. */
const record = (entries: readonly LogEntry[], cuts: readonly { after: number; written: boolean }[]) => {
  const acts: Act[] = [];
  const chunks: LogChunk[] = [];
  let states: States = {};
  let config = makeConfig({});
  let pending: LogEntry[] = [];
  let begin: Pick<LogChunk, 'states' | 'config'> = { states: {} };
  const left = [...cuts];
  const close = (written: boolean): void => {
    chunks.push({ ...begin, entries: pending });
    states = JSON.parse(JSON.stringify(states));
    begin = written ? { states, config } : { states: null };
    pending = [];
  };
  for (const entry of entries) {
    if (entry.type === 'config') config = entry.config;
    const next = liveOn(states, config, entry);
    if (!next) continue;
    states = next.states;
    acts.push(...next.acts);
    pending.push(entry);
    if (pending.length >= (left[0]?.after ?? Number.POSITIVE_INFINITY)) close(left.shift()?.written ?? false);
  }
  close(false);
  return { acts, chunks };
};

test('under the rules in force the recorded acts come out exactly, however the log is cut and stored', () => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 25 }), anyCuts, (steps, cuts) => {
      const { acts, chunks } = record(toEntries(steps), cuts);
      const stored: LogChunk[] = JSON.parse(JSON.stringify(chunks));
      const replayed = replay(stored, { constants });
      assert.deepEqual(replayed.acts, acts);
      assert.equal(countDifferences(acts, replayed.acts), 0);
      told += acts.length;
    }),
    { numRuns: 80 },
  );
  assert.ok(told > 100, 'the loads made the rules act');
});

test('a chunk in the middle alone gives its own part of the acts', () => {
  const steps = [{ alice: { cpuUsec: 2 * CORE }, bob: { cpuUsec: 0.1 * CORE, cpuPressure: 900 }, seconds: 900 }];
  const cuts = Array.from({ length: 9 }, () => ({ after: 100, written: true }));
  const { acts, chunks } = record(toEntries(steps), cuts);
  const parts = chunks.flatMap((chunk) => replay([chunk], { constants }).acts);
  assert.ok(acts.length > 0);
  assert.deepEqual(parts, acts);
});

const frames = (count: number): HouseFrame[] =>
  Array.from({ length: count }, (_, i) => makeFrame({ alice: { cpuUsec: CORE } }, { at: START + (i + 1) * 1000 }));

const log = (states: States | null, seconds: number): LogChunk => ({
  states,
  config: makeConfig({ alice: {} }),
  entries: frames(seconds).map((frame) => ({ type: 'frame', frame })),
});

const withCredits = (config: HouseConfig): HouseConfig => ({
  ...config,
  tenants: Object.fromEntries(
    Object.entries(config.tenants).map(([name, tenant]) => [
      name,
      { ...tenant, rules: { ...tenant.rules, credits: { baseline: 500, burst: 1500 } } },
    ]),
  ),
});

test('under other rules it tells what would have been, and says how that differs', () => {
  const chunks = [log({}, 100)];
  const inForce = replay(chunks);
  assert.deepEqual(
    [inForce.acts.length, inForce.ticks, inForce.from, inForce.to],
    [0, 100, START + 1000, START + 100_000],
  );
  const other = replay(chunks, { change: withCredits });
  assert.deepEqual(
    other.acts.map(({ kind, to }) => [kind, to]),
    [['lower', 500]],
  );
  assert.equal(countDifferences(inForce.acts, other.acts), 1);
});

test('two acts that differ in anything are two acts; the order of their fields is none of it', () => {
  const { acts } = replay([log({}, 100)], { change: withCredits });
  const [act] = acts;
  assert.ok(act);
  const changes = [
    { resource: 'memory' },
    { until: 7 },
    { cause: 'another' },
    { figures: { ...act.figures, extra: 1 } },
  ];
  for (const change of changes) assert.equal(countDifferences(acts, [{ ...act, ...change } as Act]), 2);
  const turned = Object.fromEntries(Object.entries(act).reverse()) as unknown as Act;
  const figures = Object.fromEntries(Object.entries(act.figures).reverse());
  assert.equal(countDifferences(acts, [{ ...turned, figures }]), 0);
});

test('under other rules a checkpoint in the middle does not bring back what the rules in force remembered', () => {
  const start = { alice: { ...EMPTY_STATE, credits: 100 * CREDIT_USEC } };
  const later = { alice: { ...EMPTY_STATE, credits: 700 * CREDIT_USEC } };
  const first = { ...log(start, 60) };
  const second = { ...log(later, 60) };
  const other = replay([first, second], { change: withCredits });
  assert.ok((other.states['alice']?.credits ?? 0) < 100 * CREDIT_USEC);
  assert.equal(replay([first, second]).states['alice']?.credits, 700 * CREDIT_USEC);
});

test('a gift to oneself that an older daemon recorded moves nothing', () => {
  const chunk = log({ alice: { ...EMPTY_STATE, credits: 7 } }, 5);
  const command = { do: 'give', from: 'alice', tenant: 'alice', amount: 1 } as const;
  const old = { ...chunk, entries: [{ type: 'command', command } as const, ...chunk.entries] };
  assert.deepEqual(replay([old]), replay([chunk]));
});

test('a log of nothing, or of frames before any config, gives nothing', () => {
  const nothing = { acts: [], ticks: 0, from: null, to: null, states: {} };
  assert.deepEqual(replay([]), nothing);
  assert.deepEqual(replay([{ states: null, entries: log(null, 5).entries }]), nothing);
});
