// Why: each cause made on its own gives that answer, and of several the one that costs most.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideHouse, sharesAt } from '../../src/domain/policy.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { EMPTY_STATE, type HouseFrame, type PolicyState, type TenantFrame } from '../../src/domain/policy-types.ts';
import type { Rules } from '../../src/domain/rules.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { explainWhy } from '../../src/domain/why.ts';
import type { WhyInput } from '../../src/domain/why-view.ts';
import { CORE, makeConfig, makeFrame, START, statesOf, type TenantSpec } from './policy-values.ts';

type Loads = Readonly<Record<string, Partial<TenantFrame>>>;
type Over = Partial<Omit<HouseFrame, 'tenants'>>;

interface Scene {
  readonly alice?: TenantSpec;
  readonly state?: Partial<PolicyState>;
  readonly over?: Over;
}

/** Ten seconds of a load, decided on, then asked about. */
const ask = (loads: Loads, { alice = {}, state = {}, over = {} }: Scene = {}) => {
  const config = makeConfig({ alice, bob: {}, carol: {} });
  let states: Record<string, PolicyState> = { alice: { ...EMPTY_STATE, ...state } };
  const frames = Array.from({ length: 10 }, (_, i) => {
    const used = Object.values(loads).reduce((sum, { cpuUsec = 0 }) => sum + cpuUsec, 0);
    return makeFrame(loads, { hostCpuUsec: used, ...over, at: START + (i + 1) * 1000 });
  });
  let verdict: WhyInput['verdict'] | undefined;
  for (const frame of frames) {
    const verdicts = decideHouse(frame, config, states, DEFAULT_CONSTANTS);
    states = statesOf(verdicts);
    verdict = verdicts['alice'];
  }
  assert.ok(verdict);
  const shares = sharesAt(config, START);
  return explainWhy({ name: 'alice', frames, config, shares, verdict, constants: DEFAULT_CONSTANTS });
};

const throttled = { alice: { cpuUsec: 0.3 * CORE, throttled: 900, cpuPressure: 900 }, bob: {}, carol: {} };

const byCap = (rules: Partial<Rules>, state: Partial<PolicyState> = {}, cpu: number | null = null): string[] => {
  const { cause, sentence } = ask(throttled, { alice: { cpu, rules }, state });
  return [cause, sentence];
};

test('her own limit, when nothing else is stricter', () => {
  assert.deepEqual(byCap({}, {}, 300), [
    'own-cap',
    'alice is held at 0.3 cores: its own limit; it was throttled in 90 % of periods',
  ]);
});

test('her own limit of the disk, though a neighbour moves more; below it, the neighbour', () => {
  const loads = (bytes: number): Loads => ({
    alice: { ioPressure: 800, ioBytes: bytes },
    bob: { ioBytes: 50 * MiB },
    carol: {},
  });
  const why = (bytes: number) => ask(loads(bytes), { alice: { ioRead: 2 * MiB, ioWrite: null } });
  assert.deepEqual(
    [why(1.9 * MiB).cause, why(1.9 * MiB).sentence],
    ['own-cap', 'alice waits for the disk 80 % of the time: it moves 1.9M per second, and its own limit is 2M'],
  );
  assert.equal(why(1.7 * MiB).neighbour, 'bob');
});

test('an empty bank of credits', () => {
  const [cause, sentence] = byCap({ credits: { baseline: 300, burst: 1000 } });
  assert.equal(cause, 'credits');
  assert.equal(sentence, 'alice is held at 0.3 cores: 0.0 credits are left; it was throttled in 90 % of periods');
});

test('a spent budget', () => {
  const [cause, sentence] = byCap({ budgetCpu: { amount: CORE, period: 'day' }, budgetFloor: 300 });
  assert.equal(cause, 'budget');
  assert.match(sentence ?? '', /held at 0\.3 cores: 300 % of its budget of the day is spent/);
});

test('a window in time', () => {
  const windows = [{ name: 'exam', when: '* * * * *', cpu: 300 }];
  assert.deepEqual(byCap({ windows }, {}, 1000)[0], 'window');
});

const penalty = { resource: 'cpu', tier: 2, kind: 'cap', from: START, until: START + 3_600_000 } as const;
const decided = { ...EMPTY_STATE.decided, caps: { score: 300 }, penalty };

test('a penalty', () => {
  const [cause, sentence] = byCap({ scoreMode: 'enforce' }, { penalty, decided, at: START }, 600);
  assert.equal(cause, 'penalty');
  assert.match(sentence ?? '', /held at 0\.3 cores: penalty, step 2/);
});

test('a penalty that froze or stopped her', () => {
  const frozen = { ...penalty, tier: 4, kind: 'freeze' } as const;
  const state = { penalty: frozen, decided: { ...decided, caps: {}, penalty: frozen }, at: START };
  const { cause, sentence } = ask({ alice: { up: 'frozen' } }, { alice: { rules: { scoreMode: 'enforce' } }, state });
  assert.equal(cause, 'penalty');
  assert.match(sentence, /^alice is frozen by a penalty/);
});

test('the neighbour furthest above its share, while she is below hers and waits', () => {
  const { cause, neighbour, sentence, figures } = ask({
    alice: { cpuUsec: 0.3 * CORE, cpuPressure: 600 },
    bob: { cpuUsec: 1.2 * CORE },
    carol: { cpuUsec: 0.5 * CORE },
  });
  assert.deepEqual([cause, neighbour], ['neighbour', 'bob']);
  assert.equal(
    sentence,
    'alice gets 0.3 cores of the 0.67 cores it owns: bob uses 1.2 cores, more than the 0.67 cores it owns',
  );
  assert.deepEqual(
    figures.slice(0, 3).map(({ name, value }) => `${name}: ${value}`),
    ['cpu: 0.3 cores; it owns 0.667 cores', 'throttled: 0 % of periods', 'waits for cpu: 60 % of the time'],
  );
});

test('without PSI, a neighbour when the house is full and she has less than her share', () => {
  const noPsi = { cpuPressure: -1, memoryPressure: -1, ioPressure: -1, memoryFull: -1 };
  const answer = ask({ alice: { ...noPsi, cpuUsec: 0.3 * CORE }, bob: { ...noPsi, cpuUsec: 1.7 * CORE } });
  assert.deepEqual([answer.cause, answer.neighbour], ['neighbour', 'bob']);
  assert.equal(answer.figures[2]?.value, 'not told by this kernel');
});

test('when she has her share and the house is full, who uses most of the rest', () => {
  const answer = ask({
    alice: { cpuUsec: 0.67 * CORE, cpuPressure: 600 },
    bob: { cpuUsec: 0.65 * CORE },
    carol: { cpuUsec: 0.67 * CORE },
  });
  assert.deepEqual([answer.cause, answer.neighbour], ['neighbour', 'carol']);
});

test('the host, when she alone uses all there is for tenants', () => {
  const answer = ask({ alice: { cpuUsec: 2 * CORE, cpuPressure: 900 }, bob: {} });
  assert.deepEqual([answer.cause, answer.neighbour], ['host', null]);
  assert.equal(answer.sentence, 'alice uses 2 cores: all that the host has for its tenants');
});

test('the host, when it is busy outside of its tenants', () => {
  const answer = ask(
    { alice: { cpuUsec: 0.3 * CORE, cpuPressure: 700 }, bob: { cpuUsec: 0.3 * CORE } },
    { over: { hostCpuUsec: 2 * CORE } },
  );
  assert.equal(answer.cause, 'host');
  assert.match(answer.sentence, /the host itself uses 1\.4 cores outside of its tenants/);
});

test('the host, when its memory is short and nobody is above its share', () => {
  const answer = ask(
    { alice: { memory: GiB, memoryPressure: 500 }, bob: { memory: GiB } },
    { over: { memoryAvailable: 50 * MiB } },
  );
  assert.equal(answer.cause, 'host');
  assert.match(answer.sentence, /waits for memory: the host has 50M left of 4G/);
});

test('a neighbour that holds more memory than its share', () => {
  const answer = ask({ alice: { memory: 500 * MiB, memoryPressure: 500 }, bob: { memory: 2.5 * GiB } });
  assert.deepEqual([answer.cause, answer.neighbour], ['neighbour', 'bob']);
});

test('her own memory limit, with PSI and without', () => {
  const scene = { alice: { memory: 256 * MiB } };
  const full = { memory: 255 * MiB, memoryPressure: 700 };
  assert.equal(ask({ alice: full }, scene).cause, 'own-cap');
  assert.equal(ask({ alice: { ...full, memoryPressure: -1, memoryMaxHits: 100 } }, scene).cause, 'own-cap');
  assert.equal(ask({ alice: { ...full, memoryPressure: 0 } }, scene).cause, 'nothing', 'at the limit, and not waiting');
});

test('a neighbour that moves most bytes, or the disk itself when that is she', () => {
  const waits = { ioPressure: 500, ioBytes: MiB };
  const bob = ask({ alice: waits, bob: { ioBytes: 100 * MiB } });
  assert.deepEqual([bob.cause, bob.neighbour], ['neighbour', 'bob']);
  assert.equal(ask({ alice: { ...waits, ioBytes: 200 * MiB }, bob: { ioBytes: 100 * MiB } }).cause, 'host');
});

test('nothing, when she waits for nothing, idle or busy', () => {
  for (const cpuUsec of [0, 0.5 * CORE, 1.5 * CORE]) {
    const answer = ask({ alice: { cpuUsec }, bob: { cpuUsec: 0.1 * CORE } });
    assert.deepEqual([answer.cause, answer.sentence], ['nothing', 'nothing holds alice back']);
  }
});

test('not running, as the last frame says; unknown as well', () => {
  assert.equal(ask({ alice: { up: 'stopped' } }).sentence, 'alice is stopped');
  assert.equal(ask({ alice: { up: 'frozen' } }).cause, 'not-running');
  assert.equal(ask({ bob: {} }).sentence, 'alice is not there');
});

test('of several losses the largest is the answer', () => {
  const both = (cpu: number, io: number): string =>
    ask(
      { alice: { cpuUsec: 0.2 * CORE, throttled: cpu, cpuPressure: cpu, ioPressure: io }, bob: { ioBytes: 100 * MiB } },
      { alice: { cpu: 200 } },
    ).cause;
  assert.equal(both(800, 500), 'own-cap');
  assert.equal(both(300, 500), 'neighbour');
});

test('who has all its cap allows is held by the cap, however full the house is', () => {
  const answer = ask(
    { alice: { cpuUsec: 0.5 * CORE, throttled: 300, cpuPressure: 900 }, bob: { cpuUsec: 1.5 * CORE } },
    { alice: { cpu: 500 } },
  );
  assert.equal(answer.cause, 'own-cap');
});
