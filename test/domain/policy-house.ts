// A house that is decided on tick by tick, its memory written down and read again after each.

import { decideHouse } from '../../src/domain/policy.ts';
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
import { makeConfig, makeFrame, START, statesOf, type TenantSpec } from './policy-values.ts';

/** A house that is decided on tick by tick. */
export const openHouse = (first: HouseConfig, constants = DEFAULT_CONSTANTS) => {
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
    /** The clock of the wall is set, forward or back; no time passes. */
    setClock(by: number) {
      at += by;
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

export const one = (rules: Partial<Rules>, spec: TenantSpec = {}) =>
  openHouse(makeConfig({ alice: { ...spec, rules } }));
export const tellActs = (acts: readonly Act[]): string[] =>
  acts.map(({ rule, kind, resource, from, to }) => `${rule} ${kind} ${resource} ${from} ${to}`);
