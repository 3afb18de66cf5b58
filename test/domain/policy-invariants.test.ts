// What must hold of the decision whatever happens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { memoryFloor } from '../../src/domain/policy-caps.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import type { Act, HouseConfig, TenantConfig, Verdict } from '../../src/domain/policy-types.ts';
import { windowsInForce } from '../../src/domain/windows.ts';
import { anySpec, anyStretch, inInterval } from './policy-arbitraries.ts';
import { openHouse } from './policy-house.ts';
import { makeConfig } from './policy-values.ts';

const FAST = { ...DEFAULT_CONSTANTS, score: { ...DEFAULT_CONSTANTS.score, fillMs: 60_000, emptyMs: 120_000 } };

const TIGHTENS = new Set(['lower', 'penalty', 'freeze', 'stop']);
const EASES = new Set(['raise', 'penalty-ended', 'thaw', 'start']);

interface Moment {
  readonly tick: number;
  /** A clock set back takes no time back; one set forward is time that has passed, as for all announced times. */
  readonly time: number;
}

interface Known {
  readonly at: number;
  readonly grants: number;
  readonly state: Verdict['state'];
}

const SLOTS = ['credits.cpu', 'budget.cpu', 'budget.memory', 'score.cpu', 'score.memory', 'window.cpu'] as const;
type Slot = (typeof SLOTS)[number];

/** What a rule's cap of a resource may rest on beside what is used: when this changes there is a new cause. */
const causesOf = (
  slot: Slot,
  { cpu, memory, rules }: TenantConfig,
  { at, grants, punished, state }: Known & { readonly punished: string },
): string => {
  const windows = windowsInForce(rules, 'UTC', at);
  const { budgetCpu, budgetMemory, budgetMode, budgetFloor, windowsMode } = rules;
  const inForce = [windowsMode, windows.names];
  const causes: Record<Slot, readonly unknown[]> = {
    'credits.cpu': [rules.credits, rules.creditsMode, grants],
    'budget.cpu': [budgetCpu, budgetMode, budgetFloor, cpu, inForce, state.budgets.cpu?.from],
    'budget.memory': [budgetMemory, budgetMode, memory, state.budgets.memory?.from],
    'score.cpu': [rules.scoreMode, punished],
    'score.memory': [rules.scoreMode, punished],
    'window.cpu': [inForce, rules.windows, cpu],
  };
  return JSON.stringify(causes[slot]);
};

/** Watches the acts of all ticks for one that turns back another within a minute, without a cause of its own. */
const openWatch = () => {
  const causes = new Map<string, { readonly text: string; readonly tick: number }>();
  /** The resource each tenant was punished for last: to have hurt others in another one is a cause of its own. */
  const punished = new Map<string, string>();
  const last = new Map<string, { readonly act: Act; readonly moment: Moment }>();
  const lookAt = (act: Act, moment: Moment): void => {
    const key = `${act.tenant} ${act.rule}.${act.resource}`;
    const before = last.get(key);
    last.set(key, { act, moment });
    if (act.rule === 'window') assert.equal(causes.get(key)?.tick, moment.tick, JSON.stringify(act));
    if (!before || TIGHTENS.has(before.act.kind) === TIGHTENS.has(act.kind)) return;
    const since = causes.get(key)?.tick ?? 0;
    const sameTick = before.moment.tick === moment.tick;
    const fresh = since > before.moment.tick || (sameTick && since === moment.tick);
    const passed = moment.time - before.moment.time;
    assert.ok(fresh || passed >= 60_000, `${JSON.stringify([before.act, act])} ${passed} ms`);
  };
  return {
    addCauses(name: string, moment: Moment, config: TenantConfig, known: Known): void {
      if (known.state.penalty) punished.set(name, known.state.penalty.resource);
      for (const slot of SLOTS) {
        const text = causesOf(slot, config, { ...known, punished: punished.get(name) ?? '' });
        const key = `${name} ${slot}`;
        if (causes.get(key)?.text !== text) causes.set(key, { text, tick: moment.tick });
      }
    },
    addActs(acts: readonly Act[], moment: Moment): void {
      for (const act of acts) if (TIGHTENS.has(act.kind) || EASES.has(act.kind)) lookAt(act, moment);
    },
  };
};

/** What is left at the least: of the rules that may take something each says how much. */
const assertFloors = (
  { cpu, memory, rules }: TenantConfig,
  { effective, acts, state }: Verdict,
  house: HouseConfig['house'],
): void => {
  const { score, window } = state.decided.caps;
  const own = state.decided.modes?.window === 'enforce' && window !== undefined ? window : cpu;
  const enforced = (mode: string, floor: number): number => (mode === 'enforce' ? floor : Number.POSITIVE_INFINITY);
  const floors = [
    own ?? house.cpu,
    rules.budgetCpu ? enforced(rules.budgetMode, rules.budgetFloor) : house.cpu,
    rules.credits ? enforced(rules.creditsMode, rules.credits.baseline) : house.cpu,
    score ?? house.cpu,
  ];
  if (effective.cpu !== null)
    assert.ok(effective.cpu >= Math.max(10, Math.min(...floors)), `cpu ${effective.cpu} of ${floors}`);
  const quota = Math.min(memory ?? house.memory, house.memory / 10);
  if (effective.memory !== null) assert.ok(effective.memory >= memoryFloor(quota, FAST), `memory ${effective.memory}`);
  assert.ok(acts.every(({ cause }) => cause.length > 10));
};

const assertPromises = (verdicts: readonly Verdict[], { house }: HouseConfig): void => {
  const promised = verdicts.reduce((sum, { effective }) => sum + effective.memoryLow, 0);
  assert.ok(promised <= house.memory, 'guarantees are never above the house');
};

const anyLife = fc.record({
  first: fc.record({ alice: anySpec, bob: anySpec }),
  stretches: fc.array(anyStretch, { minLength: 1, maxLength: 12 }),
});

type Life = typeof anyLife extends fc.Arbitrary<infer T> ? T : never;

const live = ({ first, stretches }: Life): void => {
  let specs = first;
  let config = makeConfig(specs);
  const house = openHouse(config, FAST);
  const watch = openWatch();
  let moment: Moment = { tick: 0, time: 0 };
  let grants = 0;
  for (const { ticks, dt, clock, change, grant, ...load } of stretches) {
    specs = { alice: change?.alice ?? specs.alice, bob: change?.bob ?? specs.bob };
    config = makeConfig(specs);
    house.change(config);
    house.setClock(clock);
    moment = { ...moment, time: moment.time + Math.max(0, clock) };
    if (grant > 0) house.edit('alice', (state) => ({ ...state, credits: (state.credits ?? 0) + grant * CREDIT_USEC }));
    grants += grant;
    const tenants = { alice: inInterval(load.alice, dt), bob: inInterval(load.bob, dt) };
    for (let i = 0; i < ticks; i++) {
      const verdicts = house.tick(tenants, { dt });
      moment = { tick: moment.tick + 1, time: moment.time + dt };
      for (const [name, verdict] of Object.entries(verdicts)) {
        const tenant = config.tenants[name];
        assert.ok(tenant);
        assertFloors(tenant, verdict, config.house);
        watch.addCauses(name, moment, tenant, { at: house.at, grants, state: verdict.state });
        watch.addActs(verdict.acts, moment);
      }
      assertPromises(Object.values(verdicts), config);
    }
  }
};

test('whatever happens: no act is turned back within a minute, and nothing falls below its floor', () => {
  fc.assert(fc.property(anyLife, live), { numRuns: 100 });
});
