// States of the dashboard for its tests: a few tenants, a size, keys pressed one after the other.

import type { TenantView } from '../../src/api/contract.ts';
import { DEFAULT_PREFS, initialState } from '../../src/tui/state/initial.ts';
import type { Change, Effect, State } from '../../src/tui/state/types.ts';
import { update } from '../../src/tui/state/update.ts';
import { buildTheme } from '../../src/tui/theme.ts';
import { lineText } from '../../src/tui/view-model/lines.ts';
import { buildFrame } from '../../src/tui/view-model/screen.ts';
import { aTenant, aTop, NOW } from '../support/fake-daemon.ts';

export { NOW };

const usageOf = (change: Partial<NonNullable<TenantView['usage']>>): NonNullable<TenantView['usage']> => {
  const { usage } = aTenant();
  if (!usage) throw new Error('the sample tenant has usage');
  return { ...usage, ...change };
};

const QUIET = { throttledPeriods: 0, oomKills: 0, memoryMaxHits: 0, forksRefused: 0, deaths: 0 };

/** alice at her limit and throttled, bob idle, carol stopped. */
export const THREE: readonly TenantView[] = [
  aTenant({ usage: usageOf({ cpu: 990, throttledShare: 0.4, netRxBps: 1e6, netTxBps: 2000 }) }),
  aTenant({ name: 'bob', id: 'b', usage: usageOf({ cpu: 20, throttledShare: 0 }), faults: QUIET }),
  aTenant({
    name: 'carol',
    id: 'c',
    state: 'stopped',
    desired: 'stopped',
    reason: 'stopped by uid:0',
    usage: null,
    startedAt: null,
    faults: QUIET,
  }),
];

export interface Begin {
  readonly tenants?: readonly TenantView[];
  readonly columns?: number;
  readonly rows?: number;
  readonly readOnly?: boolean;
  readonly isRoot?: boolean;
  readonly spoken?: boolean;
  readonly ascii?: boolean;
}

export const begin = (how: Begin = {}): State => {
  const first = initialState({
    size: { columns: how.columns ?? 120, rows: how.rows ?? 30 },
    theme: buildTheme({ LANG: 'C.UTF-8' }, { ascii: how.ascii ?? false, color: false }),
    prefs: DEFAULT_PREFS,
    readOnly: how.readOnly ?? false,
    isRoot: how.isRoot ?? true,
    spoken: how.spoken ?? false,
    now: NOW,
  });
  return after(first, { type: 'top', top: aTop([...(how.tenants ?? THREE)]), now: NOW });
};

export const after = (state: State, ...changes: Change[]): State =>
  changes.reduce((now, change) => update(now, change).state, state);

/** Presses keys; a word of several letters in quotes is typed letter by letter. */
export const press = (state: State, ...keys: string[]): { state: State; effects: Effect[] } => {
  const effects: Effect[] = [];
  let now = state;
  for (const key of keys) {
    const next = update(now, { type: 'key', key });
    now = next.state;
    effects.push(...next.effects);
  }
  return { state: now, effects };
};

export const typed = (state: State, text: string): State => press(state, ...text).state;

export const screenOf = (state: State): string[] => {
  const { title, host, body, works, foot } = buildFrame(state);
  return [...title, ...host, ...body, ...works, ...foot].map((row) => lineText(row).trimEnd());
};

export const tenantCalled = (name: string, change: Partial<TenantView> = {}): TenantView =>
  aTenant({ name, id: `id-${name}`, ...change });
