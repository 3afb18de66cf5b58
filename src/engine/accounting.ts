// The books: samples of each tick become a row every ten seconds, from counters that outlive the daemon.

import {
  advanceHost,
  elapsedMs,
  type HostDelta,
  type HostStored,
  type HostTimes,
  pickTotals,
  type Stored,
  ZERO_COUNTERS,
} from '../domain/accounting.ts';
import { toProblem } from '../domain/errors.ts';
import { type HostRow, slotOf } from '../domain/rollup.ts';
import type { Batch, History, LastCounters } from '../ports/history.ts';
import type { HostSample, HostTotals, StateDisk } from '../ports/host.ts';
import type { Log } from '../ports/log.ts';
import { Account, type Reading } from './account.ts';
import type { Outbox } from './outbox.ts';

const SLOT_MS = 10_000;

/** The host as a tick sees it: without what is asked once per batch. */
interface HostTick {
  readonly boot: string;
  readonly up: number;
  readonly counters: HostTimes;
}

const withTotals = (tick: HostTick, totals: HostTotals): HostStored => ({
  ...tick,
  counters: { ...tick.counters, ...pickTotals(totals) },
});

export interface AccountantOptions {
  readonly history: Pick<History, 'writeBatch' | 'readLast' | 'prune'>;
  readonly outbox: Pick<Outbox, 'peek' | 'clear'>;
  readonly cpus: number;
  /** Bytes and inodes of the state folder's file system; asked once per batch, as is what follows. */
  readonly readDisk: () => StateDisk;
  readonly readTotals: () => HostTotals;
  /** Which run of the box this is. */
  readonly bootId: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** A history that cannot be read keeps no daemon from its tenants: the books begin anew then. */
const readLast = ({ history, log }: Pick<AccountantOptions, 'history' | 'log'>): LastCounters => {
  try {
    return history.readLast();
  } catch (error) {
    log.warn('what was accounted last cannot be read', { error: toProblem(error).message });
    return { host: null, tenants: new Map() };
  }
};

/**
 * What passed while no daemon watched is one row at the return, as long as the time was, and is not spread over slots:
 * how the use lay in that time nobody knows, a long dead time would write thousands of rows before the first tick, and a
 * long row is the sum of its parts in every resolution.
 */
export class Accountant {
  readonly #options: AccountantOptions;
  readonly #accounts = new Map<string, Account>();
  #hostBase: HostStored | null;
  #hostLatest: HostTick | null = null;
  #memory = { sum: 0, count: 0, peak: 0, total: 0 };
  #swapUsed = 0;
  #slot: number | undefined;
  #failure: string | null = null;
  /** A history that was kept before this process: who is not in it did not run when it was written last. */
  readonly #knowsAll: boolean;

  /** Reads the counters that were written last. */
  constructor(options: AccountantOptions) {
    this.#options = options;
    const { host, tenants } = readLast(options);
    this.#hostBase = host;
    this.#knowsAll = host !== null;
    for (const [id, stored] of tenants) this.#accounts.set(id, new Account(stored, options.cpus));
  }

  /**
   * One tick; synchronous, and without a read of its own but for the one that ends a slot.
   * @param now wall milliseconds
   * @param readings one of each tenant that runs
   */
  tick(now: number, host: HostSample, readings: readonly Reading[]): void {
    const moment = { boot: this.#options.bootId, up: host.upMs };
    for (const reading of readings) this.#accountOf(reading.tenantId).add(reading, moment);
    this.#addHost(host);
    const slot = slotOf(now, 10);
    this.#slot ??= slot;
    if (slot === this.#slot) return;
    this.#slot = slot;
    this.#write(slot - SLOT_MS, now);
  }

  /** Why the last batch could not be written; null = it was. */
  get failure(): string | null {
    return this.#failure;
  }

  /** At the orderly end: what was counted since the last batch. */
  finish(now: number): void {
    this.#write(slotOf(now, 10), now);
  }

  /** A tenant that left the trash for good. */
  forgetTenant(tenantId: string): void {
    this.#accounts.delete(tenantId);
  }

  #accountOf(tenantId: string): Account {
    const known = this.#accounts.get(tenantId);
    if (known) return known;
    const fresh = new Account(this.#firstBase(), this.#options.cpus);
    this.#accounts.set(tenantId, fresh);
    return fresh;
  }

  /** All of a new tenant's counters grew since the last batch; in a new history they may be years old. */
  #firstBase(): Stored | null {
    if (!this.#knowsAll || !this.#hostBase) return null;
    const { boot, up } = this.#hostBase;
    return { epoch: '', boot, up, counters: ZERO_COUNTERS };
  }

  #addHost(host: HostSample): void {
    const { busyUsec, idleUsec, iowaitUsec, stolenUsec, memoryTotal: total } = host;
    const counters = {
      ...{ busyUsec, idleUsec, iowaitUsec, stolenUsec },
      cpuSomeUsec: host.cpuSomeUsec ?? 0,
      memorySomeUsec: host.memorySomeUsec ?? 0,
      memoryFullUsec: host.memoryFullUsec ?? 0,
      ioSomeUsec: host.ioSomeUsec ?? 0,
    };
    this.#swapUsed = host.swapUsed;
    this.#hostLatest = { boot: this.#options.bootId, up: host.upMs, counters };
    this.#hostBase ??= withTotals(this.#hostLatest, this.#options.readTotals());
    const used = total - host.memoryAvailable;
    const { sum, count, peak } = this.#memory;
    this.#memory = { sum: sum + used, count: count + 1, peak: Math.max(peak, used), total };
  }

  #build(at: number): Batch | undefined {
    const [base, tick] = [this.#hostBase, this.#hostLatest];
    if (!base || !tick || this.#memory.count === 0) return undefined;
    const totals = this.#options.readTotals();
    const latest = withTotals(tick, totals);
    const ms = elapsedMs(base, latest);
    const built = [...this.#accounts].flatMap(([tenantId, account]) => {
      const row = account.buildRow(ms);
      return row ? [{ tenantId, ...row }] : [];
    });
    const tenantsUsec = built.reduce((sum, { row }) => sum + row.cpuUsec, 0);
    return {
      at,
      rows: built.map(({ tenantId, row }) => ({ tenantId, value: row })),
      host: {
        ms: Math.round(ms),
        ...advanceHost(base, latest, tenantsUsec, this.#options.cpus),
        ...this.#hostFigures(),
        pidsPeak: totals.pids,
      },
      counters: built.map(({ tenantId, counters }) => ({ tenantId, value: counters })),
      hostCounters: latest,
      ...this.#options.outbox.peek(),
    };
  }

  #hostFigures(): Omit<HostRow, 'at' | 'ms' | 'pidsPeak' | keyof HostDelta> {
    const { sum, count, peak, total } = this.#memory;
    const { used, size, inodesUsed, inodes } = this.#options.readDisk();
    return {
      memoryTotal: total,
      memoryUsed: Math.round(sum / count),
      memoryUsedPeak: peak,
      swapUsed: this.#swapUsed,
      diskUsed: used,
      diskSize: size,
      inodesUsed,
      inodes,
    };
  }

  #write(at: number, now: number): void {
    const batch = this.#build(at);
    if (!batch) return;
    const { history, outbox, log } = this.#options;
    try {
      history.writeBatch(batch);
      this.#settle(batch.hostCounters);
      outbox.clear();
      if (this.#failure !== null) log.info('the history is written again', {});
      this.#failure = null;
      history.prune(now);
    } catch (error) {
      // nothing is settled: the next batch counts from where the last one that was written ended
      const { message } = toProblem(error);
      if (this.#failure === null) log.warn('the history cannot be written', { error: message });
      this.#failure = message;
    }
  }

  #settle(host: HostStored): void {
    for (const account of this.#accounts.values()) account.settle();
    this.#hostBase = host;
    this.#memory = { sum: 0, count: 0, peak: 0, total: 0 };
  }
}
