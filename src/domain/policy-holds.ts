// What holds a tenant back now, strictest first, in sentences for people.

import { CREDIT_USEC, shownCredits } from './credits.ts';
import type { HouseCap } from './house.ts';
import { fractionOf } from './policy-caps.ts';
import type { Effective, Hold, PolicyState, RuleName } from './policy-types.ts';
import type { BudgetRule, Rules } from './rules.ts';
import { formatBytes, formatCpu } from './units.ts';
import type { WindowsInForce } from './windows.ts';

export interface HoldsView {
  readonly rules: Rules;
  /** The limits that hold before rules take from them; `windowed`: that of CPU is a window's. */
  readonly limits: { readonly cpu: number | null; readonly memory: number | null; readonly windowed: boolean };
  readonly house: HouseCap;
  readonly state: PolicyState;
  readonly windows: WindowsInForce;
  readonly effective: Effective;
  /** Caps in force by rule. */
  readonly cpuCaps: readonly (readonly [RuleName, number])[];
  readonly memoryCaps: readonly (readonly [RuleName, number])[];
}

const formatCap = (resource: 'cpu' | 'memory', cap: number): string =>
  resource === 'cpu' ? `${formatCpu(cap)} cores` : formatBytes(cap);

const budgetText = (rule: BudgetRule | null, state: HoldsView['state']['budgets']['cpu']): string =>
  rule && state ? `${Math.floor(fractionOf(state, rule) * 100)} % of its budget of the ${rule.period} is spent` : '';

const textOf = (rule: RuleName, resource: 'cpu' | 'memory', view: HoldsView): string => {
  const { rules, state } = view;
  switch (rule) {
    case 'credits':
      return `${shownCredits((state.credits ?? 0) / CREDIT_USEC).toFixed(1)} credits are left`;
    case 'budget':
      return resource === 'cpu'
        ? budgetText(rules.budgetCpu, state.budgets.cpu)
        : budgetText(rules.budgetMemory, state.budgets.memory);
    case 'score':
      return `penalty, step ${state.penalty?.tier ?? 1}: it used more than its share while others waited`;
    default:
      return rule;
  }
};

const untilOf = (rule: RuleName, resource: 'cpu' | 'memory', { state }: HoldsView): number | null => {
  if (rule === 'score') return state.penalty?.until ?? null;
  return rule === 'budget' ? (state.budgets[resource]?.until ?? null) : null;
};

/** JSON knows no Infinity. */
const endOf = ({ until }: WindowsInForce): number | null => (Number.isFinite(until) ? until : null);

interface HouseHolds {
  readonly cpu: Hold;
  readonly memory: Hold;
}

/** The same for every tenant of a house: by the house itself, which is data that is replaced, never changed. */
const houseHolds = new WeakMap<HouseCap, HouseHolds>();

const houseHold = (house: HouseCap, resource: 'cpu' | 'memory'): Hold => {
  const build = (of: 'cpu' | 'memory'): Hold => {
    const text = `${formatCap(of, house[of])}: what all tenants together may use`;
    return { rule: 'house', resource: of, cap: house[of], until: null, text };
  };
  const holds = houseHolds.get(house) ?? { cpu: build('cpu'), memory: build('memory') };
  houseHolds.set(house, holds);
  return holds[resource];
};

/** The penalty that stops everything. */
const stopHold = ({ state, effective }: HoldsView): Hold[] => {
  if (effective.hold === 'none' || !state.penalty) return [];
  const text = `${effective.hold} by a penalty: it used more than its share while others waited, again and again`;
  return [{ rule: 'score', resource: 'cpu', cap: 0, until: state.penalty.until, text }];
};

const capHolds = (view: HoldsView, resource: 'cpu' | 'memory'): Hold[] => {
  const { limits, house, windows } = view;
  const caps = resource === 'cpu' ? view.cpuCaps : view.memoryCaps;
  const holds: Hold[] = caps.map(([rule, cap]) => ({
    rule,
    resource,
    cap,
    until: untilOf(rule, resource, view),
    text: `${formatCap(resource, cap)}: ${textOf(rule, resource, view)}`,
  }));
  const own = limits[resource];
  const add = (rule: Hold['rule'], cap: number, text: string, until: number | null = null): void => {
    holds.push({ rule, resource, cap, until, text: `${formatCap(resource, cap)}: ${text}` });
  };
  const windowed = resource === 'cpu' && limits.windowed;
  if (own !== null && windowed) add('window', own, `its window "${windows.names.join(', ')}"`, endOf(windows));
  else if (own !== null) add('limit', own, 'its own limit');
  holds.push(houseHold(house, resource));
  return holds;
};

/** Strictest first: by the part of the house that is left; of equals the rule before the limit. */
export const listHolds = (view: HoldsView): Hold[] => {
  const { house } = view;
  const part = ({ resource, cap }: Hold): number =>
    (cap ?? Number.POSITIVE_INFINITY) / (resource === 'memory' ? house.memory : house.cpu);
  const caps = [...capHolds(view, 'cpu'), ...capHolds(view, 'memory')];
  return [...stopHold(view), ...caps.sort((a, b) => part(a) - part(b))];
};
