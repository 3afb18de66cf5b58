// The history in SQLite (node:sqlite, WAL): one writer, one transaction for ten seconds of everything.

import { existsSync, globSync, renameSync, rmSync } from 'node:fs';
import type { HostStored, Stored } from '../domain/accounting.ts';
import { Problem, problem } from '../domain/errors.ts';
import type { DecisionChunk, History, LastCounters, StoredState } from '../ports/history.ts';
import { OpenHistory } from './open-history.ts';
import type { TenantNumbers } from './tenant-numbers.ts';

/** Primary result codes (sqlite.org, rescode): the file is damaged, or none of SQLite's. */
const BROKEN = [11, 26];

export interface HistoryOptions {
  /**
   * A file of its own beside the events': what many rows a minute can damage and what may be begun anew must not take the
   * numbers of the event stream with it.
   */
  readonly path: string;
  /** Wall milliseconds; names the file that is set aside. */
  readonly now: () => number;
  /** A damaged file was set aside under that name. */
  readonly onSetAside: (aside: string, why: string) => void;
}

const codeOf = (error: unknown): number | undefined => {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode % 256 : undefined;
};
const isBroken = (error: unknown): boolean => BROKEN.includes(codeOf(error) ?? 0);
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One damaged file is kept for whoever wants to look; with a disk that damages each, a hundred would fill it. */
const setAside = (path: string, now: number): string => {
  for (const old of globSync(`${path}.bad-*`)) rmSync(old, { force: true });
  const aside = `${path}.bad-${new Date(now).toISOString().replaceAll(':', '')}`;
  renameSync(path, aside);
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  rmSync(`${path}-shm`, { force: true });
  return aside;
};

/** The file that is open now, and the way to another when it is found damaged. */
class Holder {
  readonly #options: HistoryOptions;
  #open: OpenHistory;

  constructor(options: HistoryOptions) {
    this.#options = options;
    try {
      this.#open = new OpenHistory(options.path);
    } catch (error) {
      if (!isBroken(error)) throw this.#toProblem(error, 'opening it');
      this.#open = this.#renew(error);
    }
  }

  #renew(error: unknown): OpenHistory {
    const { path, now, onSetAside } = this.#options;
    const aside = setAside(path, now());
    const open = new OpenHistory(path);
    onSetAside(aside, textOf(error));
    return open;
  }

  #toProblem(error: unknown, what: string): Problem {
    if (error instanceof Problem) return error;
    return problem('HISTORY_WRITE', { path: this.#options.path, what, why: textOf(error) }, { cause: error });
  }

  /** Runs it; on a damaged file once more, on a new one. @throws Problem HISTORY_WRITE */
  use<T>(what: string, act: (open: OpenHistory) => T): T {
    try {
      return this.#try(act);
    } catch (error) {
      throw this.#toProblem(error, what);
    }
  }

  #try<T>(act: (open: OpenHistory) => T): T {
    try {
      return act(this.#open);
    } catch (error) {
      if (!isBroken(error)) throw error;
      this.close();
      this.#open = this.#renew(error);
      return act(this.#open);
    }
  }

  /** The same in a transaction. */
  change<T>(what: string, act: (open: OpenHistory) => T): T {
    return this.use(what, (open) => open.transact(() => act(open)));
  }

  close(): void {
    if (this.#open.db.isOpen) this.#open.db.close();
  }
}

/**
 * Opens or makes the file; a damaged one is set aside.
 * @throws Problem STATE_NEWER; HISTORY_WRITE when it can be neither read nor made
 */
export const openHistory = (options: HistoryOptions): History => {
  const holder = new Holder(options);
  const reading = 'reading it';
  return {
    writeBatch: (batch) => holder.change('writing a batch', (open) => open.writeBatch(batch)),
    writePolicy: (batch) => holder.change('writing decisions', (open) => open.writePolicy(batch)),
    readSeries: (tenantId, from, to, step) =>
      holder.use(reading, ({ numbers, series }) => {
        const tenant = numbers.find(tenantId);
        return tenant === undefined ? [] : series.read(tenant, from, to, step);
      }),
    readHostSeries: (from, to, step) => holder.use(reading, ({ series }) => series.readHost(from, to, step)),
    readLast: () => holder.use(reading, readLast),
    readStates: () => holder.use(reading, (open) => open.readKept('states') as Map<string, StoredState>),
    readActs: (since, until, tenantId) =>
      holder.use(reading, ({ numbers, acts }) => acts.read(since, until, numberOf(numbers, tenantId))),
    readDecisions: (from, to) => readDecisions(holder, from, to),
    openIncident: (incident) =>
      holder.change('opening an incident', ({ numbers, incidents }) =>
        incidents.open(numbers.give(incident.tenantId), incident),
      ),
    updateIncident: (id, change) =>
      holder.change('changing an incident', ({ incidents }) => incidents.change(id, change)),
    closeIncident: (id, closedAt, outcome) =>
      holder.change('closing an incident', ({ incidents }) => incidents.change(id, { outcome }, closedAt)),
    listIncidents: (query) =>
      holder.use(reading, ({ numbers, incidents }) => incidents.list(query, numberOf(numbers, query.tenantId))),
    prune: (nowMs) => holder.change('removing old rows', (open) => open.prune(nowMs)),
    forgetTenant: (tenantId) => holder.change('forgetting a tenant', (open) => open.forget(tenantId)),
    close: () => holder.close(),
  };
};

/** Of an id never seen a number that no row has. */
const numberOf = (numbers: TenantNumbers, tenantId: string | undefined): number | undefined =>
  tenantId === undefined ? undefined : (numbers.find(tenantId) ?? -1);

const readLast = (open: OpenHistory): LastCounters => {
  const all = open.readKept('counters');
  const host = (all.get('') as HostStored | undefined) ?? null;
  all.delete('');
  return { host, tenants: all as Map<string, Stored> };
};

const readDecisions = function* (holder: Holder, from: number, to: number): Generator<DecisionChunk> {
  let start = holder.use('reading it', ({ decisions }) => decisions.findStart(from));
  while (start !== undefined) {
    const first = start;
    const page = holder.use('reading it', ({ decisions }) => decisions.readPage(first, to));
    yield* page.chunks;
    start = page.next;
  }
};
