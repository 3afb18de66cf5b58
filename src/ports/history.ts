// The long memory: what tenants and the host used, what the scheduler decided and why. One writer: the daemon.

import type { HostStored, Moment, Stored } from '../domain/accounting.ts';
import type { Charged } from '../domain/charge.ts';
import type { OpenIncident, ProcessDelta } from '../domain/incidents.ts';
import type { Act, HouseConfig, HouseFrame, PolicyState } from '../domain/policy-types.ts';
import type { HostRow, Step, UsageRow } from '../domain/rollup.ts';

/**
 * Everything is kept by the tenant's id, not by its name: who is added under a removed tenant's name starts anew, and
 * what comes back from the trash has its rows.
 */
export interface OfTenant<T> {
  readonly tenantId: string;
  readonly value: T;
}

/** What people did between two decisions, part of what the next one rests on. */
export interface Command {
  /** Wall milliseconds. */
  readonly at: number;
  /** It is in force from that frame of its chunk on; absent in older records = the first with its time or a later one. */
  readonly frame?: number | undefined;
  readonly kind: 'pardon' | 'grant' | 'give' | 'set';
  readonly tenant: string;
  readonly data: Readonly<Record<string, number | string | null>>;
}

/** Consecutive decisions made under one configuration. */
export interface DecisionChunk {
  readonly config: HouseConfig;
  /** By name, as they were before the first frame was decided; null = as the chunk before left them. */
  readonly states: Readonly<Record<string, PolicyState>> | null;
  readonly commands: readonly Command[];
  /** Whole numbers only; see domain/policy-types. */
  readonly frames: readonly HouseFrame[];
}

/**
 * What the scheduler remembers of a tenant, up to where its use is in it, and when it was decided: written together or not
 * at all. The counters of a tenant that does not run age, so only the last one says how much time is in it; records of
 * older programs do not have it.
 */
export type StoredState = PolicyState & {
  readonly charged?: Charged | undefined;
  readonly moment?: Moment | undefined;
};

/** What decisions leave behind. */
export interface PolicyBatch {
  readonly states: readonly OfTenant<StoredState>[];
  readonly decisions: readonly DecisionChunk[];
  readonly acts: readonly OfTenant<Act>[];
}

/** What ten seconds leave behind. */
export interface Batch extends PolicyBatch {
  /** Start of the 10 s slot of its rows, wall milliseconds. */
  readonly at: number;
  readonly rows: readonly OfTenant<Omit<UsageRow, 'at'>>[];
  /** There is one for each slot: over it those of the tenants are found. */
  readonly host: Omit<HostRow, 'at'>;
  /** The counters these rows were computed from: the next ones count from here, in whichever process. */
  readonly counters: readonly OfTenant<Stored>[];
  readonly hostCounters: HostStored;
}

export interface LastCounters {
  readonly host: HostStored | null;
  readonly tenants: ReadonlyMap<string, Stored>;
}

export interface Evidence {
  readonly processes: readonly ProcessDelta[];
  readonly pressure: { readonly cpu: number; readonly memory: number; readonly io: number } | null;
  readonly neighbours: readonly { readonly name: string; readonly cpu: number; readonly memory: number }[];
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Incident extends OpenIncident {
  readonly tenantId: string;
  /** Wall milliseconds; null while it is open. */
  readonly closedAt: number | null;
  readonly evidence: Evidence;
}

export type IncidentUpdate = Partial<
  Pick<Incident, 'lastAt' | 'count' | 'summary' | 'action' | 'outcome' | 'evidence'>
>;

export interface IncidentQuery {
  /** Wall milliseconds: opened before `until` and not closed before `since`. */
  readonly since: number;
  readonly until: number;
  readonly tenantId?: string;
  readonly open?: boolean;
  readonly max?: number;
}

/**
 * Synchronous: SQLite is, and a batch is written by the tick that ends it.
 * Each write throws a Problem HISTORY_WRITE when the disk is full or fails; then nothing of it is written. The daemon goes
 * on: the next batch covers the longer time, since it counts from the counters that were written last.
 * A file found to be damaged is set aside and begun anew, at the start or later; it never stops the daemon.
 */
export interface History {
  /**
   * Rows, counters, states, decisions and acts in one transaction; in it the rows are added to those of their minute and
   * hour. Rows of a slot that has some already (a daemon that came back, a clock set back) are added to them.
   */
  writeBatch(batch: Batch): void;
  /** The decisions' part alone, in one transaction: when something was done it does not wait for the slot to end. */
  writePolicy(batch: PolicyBatch): void;
  /** Rows with from <= at < to, oldest first. The last minute and hour may be such as last so far. */
  readSeries(tenantId: string, from: number, to: number, step: Step): UsageRow[];
  readHostSeries(from: number, to: number, step: Step): HostRow[];
  readLast(): LastCounters;
  readStates(): ReadonlyMap<string, StoredState>;
  /** With since <= at < until, oldest first. */
  readActs(since: number, until: number, tenantId?: string): Act[];
  /**
   * Decisions in the order in which they were made, from the last chunk with states at or before `from` (where there is
   * none, from the first after it) to the last that began before `to`. A page at a time: weeks need no memory.
   */
  readDecisions(from: number, to: number): Iterable<DecisionChunk>;
  /** @returns its id */
  openIncident(incident: Omit<Incident, 'id' | 'closedAt'>): number;
  updateIncident(id: number, change: IncidentUpdate): void;
  closeIncident(id: number, closedAt: number, outcome: string): void;
  /** Newest first. */
  listIncidents(query: IncidentQuery): Incident[];
  /**
   * Removes what is older than it is kept for, a bounded piece per call, so that no tick waits for weeks of rows.
   * @returns rows removed; 0 = nothing is left to remove
   */
  prune(nowMs: number): number;
  /** All of a tenant that left the trash for good. */
  forgetTenant(tenantId: string): void;
  close(): void;
}
