// What the scheduler's decision takes and gives. All of it is plain data: stored, replayed, compared.

import type { HouseCap } from './house.ts';
import type { BudgetPeriod, Rules } from './rules.ts';

export type Resource = 'cpu' | 'memory' | 'io' | 'egress';
export type RuleName = 'share' | 'credits' | 'budget' | 'score' | 'guard' | 'window';

/** What one tick saw of one tenant. Whole numbers only, so that what is stored is exactly what was decided on. */
export interface TenantFrame {
  readonly up: 'running' | 'frozen' | 'stopped';
  /** CPU used in the interval, microseconds. */
  readonly cpuUsec: number;
  /** Part of it by processes of the rule's exempt list. */
  readonly exemptUsec: number;
  /** Throttled periods in the interval, per mille of all. */
  readonly throttled: number;
  /** Bytes, without inactive file pages. */
  readonly memory: number;
  readonly memoryCache: number;
  /** Per mille of the interval in which some (full: all) tasks waited; -1 = this kernel does not say. */
  readonly cpuPressure: number;
  readonly memoryPressure: number;
  readonly memoryFull: number;
  readonly ioPressure: number;
  /** Counted in the interval. */
  readonly memoryMaxHits: number;
  readonly oomKills: number;
  readonly ioBytes: number;
  readonly egressBytes: number;
}

/** What one tick saw of the box. */
export interface HouseFrame {
  /** Wall milliseconds. */
  readonly at: number;
  /** Length of the interval, milliseconds by the monotonic clock. */
  readonly dt: number;
  /** Microseconds of CPU used by the whole host in the interval. */
  readonly hostCpuUsec: number;
  readonly memoryAvailable: number;
  readonly memoryTotal: number;
  /** Per mille, full, whole host; -1 = unknown. */
  readonly hostMemoryFull: number;
  readonly tenants: Readonly<Record<string, TenantFrame>>;
}

/** What is fixed between two changes by people: part of the input of each decision. */
export interface TenantConfig {
  /** Whose it is: a name may be used again. Decisions do not look at it; absent in older records. */
  readonly id?: string | undefined;
  readonly rules: Rules;
  /** The tenant's own hard limits, null = none. */
  readonly cpu: number | null;
  readonly cpuWeight: number;
  readonly memory: number | null;
  /** Bytes per second of its disk, as far as this kernel holds them; absent = none, and in older records. */
  readonly ioRead?: number | null | undefined;
  readonly ioWrite?: number | null | undefined;
}

export interface HouseConfig {
  readonly house: HouseCap;
  readonly cpus: number;
  /** IANA name of the box's time zone. */
  readonly zone: string;
  readonly tenants: Readonly<Record<string, TenantConfig>>;
}

export interface BudgetState {
  /** Kind of the period; absent = as the rule says. */
  readonly period?: BudgetPeriod | undefined;
  /** Wall milliseconds of the period in which `spent` was counted. */
  readonly from: number;
  readonly until: number;
  /** When the counting began, later than `from` for a rule set in mid-period; absent = `from`. */
  readonly since?: number | undefined;
  /** In the rule's unit. */
  readonly spent: number;
  /** The period before this one: a clock that was wrong for a moment comes back to it. */
  readonly former?: Omit<BudgetState, 'former'> | undefined;
}

export interface Penalty {
  readonly resource: 'cpu' | 'memory' | 'io';
  /** 1, 2, 3: 0.8, 0.5, 0.3 of the quota; 4 = freeze, 5 = stop, where the rule says so. */
  readonly tier: number;
  readonly kind: 'cap' | 'freeze' | 'stop';
  /** Wall milliseconds. */
  readonly from: number;
  readonly until: number;
  /** `watch`: it is told, and holds nobody; absent = enforce. */
  readonly mode?: 'watch' | 'enforce' | undefined;
}

/** All the scheduler remembers of a tenant; survives restarts as JSON. */
export interface PolicyState {
  /** Wall milliseconds of the last tick's decision: how far the clock was set back is seen against it. */
  readonly at?: number | undefined;
  /** Microseconds of vCPU (1 credit = 60e6); null until a credit rule is met. */
  readonly credits: number | null;
  readonly budgets: { readonly [K in 'cpu' | 'memory' | 'egress']?: BudgetState | undefined };
  /** 0-100 by resource. */
  readonly score: { readonly cpu: number; readonly memory: number; readonly io: number };
  /** Penalties not yet forgotten. */
  readonly occurrences: number;
  /** Wall milliseconds at which the next one is forgotten. */
  readonly forgetAt: number | null;
  readonly penalty: Penalty | null;
  readonly guard: {
    /** Since when it stalls, wall milliseconds; short breaks are no end. */
    readonly stalledSince: number | null;
    /** How much of a stall counts, milliseconds; less again while there is none. */
    readonly stalledMs?: number | undefined;
    readonly stage: 'calm' | 'reclaim' | 'notice' | 'kill' | 'restart';
    readonly stageAt: number | null;
    readonly kills: number;
    /** `host`: it is acted on because the host runs short, not for a stall of its own. */
    readonly reason?: 'stall' | 'host' | undefined;
  };
  /** What was decided last, by rule: a change against it is an act. */
  readonly decided: {
    readonly caps: { readonly [K in RuleName]?: number | null | undefined };
    readonly memoryCaps: { readonly [K in RuleName]?: number | null | undefined };
    readonly weight: number;
    /**
     * Wall milliseconds of the last act and its sign (-1 tightened, 1 eased), per rule and resource (`budget.memory`);
     * older states have one per rule (`budget`).
     */
    readonly lastAct: { readonly [slot: string]: { readonly at: number; readonly sign: -1 | 1 } | undefined };
    /** In which mode a rule's caps were decided. */
    readonly modes?: { readonly [K in RuleName]?: 'watch' | 'enforce' | undefined } | undefined;
    /** What a rule's caps rested on (`credits.cpu`, `budget.memory`): only when this changes may a cap turn back at once. */
    readonly basis?: { readonly [slot: string]: string | undefined } | undefined;
    /** The penalty that was told last. */
    readonly penalty?: Penalty | null | undefined;
    /** The balance as the last decision left it: another one was given or taken by people. */
    readonly credits?: number | null | undefined;
  };
}

/** What is known of a tenant that was never decided on. */
export const EMPTY_STATE: PolicyState = {
  credits: null,
  budgets: {},
  score: { cpu: 0, memory: 0, io: 0 },
  occurrences: 0,
  forgetAt: null,
  penalty: null,
  guard: { stalledSince: null, stage: 'calm', stageAt: null, kills: 0 },
  decided: { caps: {}, memoryCaps: {}, weight: 0, lastAct: {} },
};

export type ActKind =
  | 'lower'
  | 'raise'
  | 'penalty'
  | 'penalty-ended'
  | 'freeze'
  | 'thaw'
  | 'stop'
  | 'start'
  | 'reclaim'
  | 'notice'
  | 'kill'
  | 'restart';

/** Something done (enforce) or that would have been done (watch), with what it rests on. */
export interface Act {
  readonly at: number;
  readonly tenant: string;
  readonly rule: RuleName;
  readonly kind: ActKind;
  readonly mode: 'watch' | 'enforce';
  readonly resource: Resource;
  /** Thousandths of a core or bytes, null = none. */
  readonly from: number | null;
  readonly to: number | null;
  /** Wall milliseconds at which it ends by itself. */
  readonly until: number | null;
  /** One sentence without the tenant's name, for people. */
  readonly cause: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** What holds a tenant back now, strictest first. */
export interface Hold {
  readonly rule: RuleName | 'limit' | 'house';
  readonly resource: Resource;
  readonly cap: number | null;
  readonly until: number | null;
  readonly text: string;
}

/** What the kernel should hold for a tenant now. */
export interface Effective {
  readonly cpu: number | null;
  readonly cpuWeight: number;
  readonly memory: number | null;
  readonly memoryLow: number;
  /** By a penalty; `none` = as the tenant's desired state says. */
  readonly hold: 'none' | 'frozen' | 'stopped';
}

export interface Verdict {
  readonly state: PolicyState;
  readonly effective: Effective;
  readonly acts: readonly Act[];
  readonly holds: readonly Hold[];
}
