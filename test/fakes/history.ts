// The history in memory.

import type { HostStored, Stored } from '../../src/domain/accounting.ts';
import { problem } from '../../src/domain/errors.ts';
import type { Act } from '../../src/domain/policy-types.ts';
import { type HostRow, RESOLUTIONS, type Step, slotOf, type UsageRow } from '../../src/domain/rollup.ts';
import type {
  Batch,
  DecisionChunk,
  History,
  Incident,
  OfTenant,
  PolicyBatch,
  StoredState,
} from '../../src/ports/history.ts';
import { rollUp, rollUpHost } from '../support/rollup.ts';

export interface FakeHistory extends History {
  /** The next batch fails and changes nothing, as on a full disk. */
  failNextBatch(): void;
  readonly batches: readonly Batch[];
}

const DAY_MS = 86_400_000;

type Rows<R> = Record<Step, Map<string, R>>;
const newRows = <R>(): Rows<R> => ({ 10: new Map(), 60: new Map(), 3600: new Map() });

interface Kind<R> {
  readonly rows: Rows<R>;
  readonly sum: (rows: readonly R[], at: number) => R;
}

const put = <R>({ rows, sum }: Kind<R>, step: Step, at: number, id: string, row: R): void => {
  const key = `${slotOf(at, step)} ${id}`;
  const before = rows[step].get(key);
  const slot = slotOf(at, step);
  rows[step].set(key, before ? sum([before, row], slot) : { ...row, at: slot });
};

const inTime = <R extends { readonly at: number }>(rows: Iterable<R>, from: number, to: number): R[] =>
  [...rows].filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);

const pruneRows = <R extends { readonly at: number }>(rows: Rows<R>, nowMs: number): number => {
  const old = RESOLUTIONS.flatMap(({ step, keptDays }) =>
    [...rows[step]].filter(([, { at }]) => at < nowMs - keptDays * DAY_MS).map(([key]) => [step, key] as const),
  );
  for (const [step, key] of old) rows[step].delete(key);
  return old.length;
};

/** @returns all that a test's daemons share: what one wrote the next one reads */
export const createHistory = (): FakeHistory => {
  const usage: Kind<UsageRow> = { rows: newRows(), sum: rollUp };
  const host: Kind<HostRow> = { rows: newRows(), sum: rollUpHost };
  const counters = new Map<string, Stored>();
  const states = new Map<string, StoredState>();
  const batches: Batch[] = [];
  let hostCounters: HostStored | null = null;
  let acts: OfTenant<Act>[] = [];
  let chunks: DecisionChunk[] = [];
  let incidents: Incident[] = [];
  let failing = false;
  let ids = 0;

  const writeRows = ({ at, rows, host: hostRow }: Batch): void => {
    for (const { step } of RESOLUTIONS) {
      for (const { tenantId, value } of rows) put(usage, step, at, tenantId, { ...value, at });
      put(host, step, at, '', { ...hostRow, at });
    }
  };

  const remove = <T>(list: readonly T[], isOld: (item: T) => boolean): [T[], number] => {
    const left = list.filter((item) => !isOld(item));
    return [left, list.length - left.length];
  };

  const change = (id: number, next: Partial<Incident>): void => {
    incidents = incidents.map((incident) => (incident.id === id ? { ...incident, ...next } : incident));
  };

  const failIfTold = (what: string): void => {
    if (!failing) return;
    failing = false;
    throw problem('HISTORY_WRITE', { path: '/fake/usage.db', what, why: 'the disk is full' });
  };

  const keepPolicy = (batch: PolicyBatch): void => {
    for (const { tenantId, value } of batch.states) states.set(tenantId, value);
    acts.push(...batch.acts);
    chunks.push(...batch.decisions.filter(({ frames }) => frames.length > 0));
  };

  return {
    batches,
    failNextBatch: () => {
      failing = true;
    },
    writeBatch: (batch) => {
      failIfTold('writing a batch');
      batches.push(batch);
      writeRows(batch);
      for (const { tenantId, value } of batch.counters) counters.set(tenantId, value);
      hostCounters = batch.hostCounters;
      keepPolicy(batch);
    },
    writePolicy: (batch) => {
      failIfTold('writing decisions');
      keepPolicy(batch);
    },
    readSeries: (tenantId, from, to, step) =>
      inTime(
        [...usage.rows[step]].filter(([key]) => key.endsWith(` ${tenantId}`)).map(([, row]) => row),
        from,
        to,
      ),
    readHostSeries: (from, to, step) => inTime(host.rows[step].values(), from, to),
    readLast: () => ({ host: hostCounters, tenants: new Map(counters) }),
    readStates: () => new Map(states),
    readActs: (since, until, tenantId) =>
      inTime(
        acts.filter((act) => tenantId === undefined || act.tenantId === tenantId).map(({ value }) => value),
        since,
        until,
      ),
    readDecisions: (from, to) => {
      const at = (chunk: DecisionChunk): number => chunk.frames[0]?.at ?? 0;
      const before = chunks.findLastIndex((chunk) => chunk.states !== null && at(chunk) <= from);
      const start = before >= 0 ? before : chunks.findIndex((chunk) => chunk.states !== null);
      return start < 0 ? [] : chunks.slice(start).filter((chunk) => at(chunk) < to);
    },
    openIncident: (incident) => {
      ids += 1;
      incidents.push({ ...incident, id: ids, closedAt: null });
      return ids;
    },
    updateIncident: change,
    closeIncident: (id, closedAt, outcome) => change(id, { closedAt, outcome }),
    listIncidents: ({ since, until, tenantId, open, max }) =>
      incidents
        .filter((one) => one.openedAt < until && (one.closedAt ?? since) >= since)
        .filter((one) => tenantId === undefined || one.tenantId === tenantId)
        .filter((one) => open === undefined || (one.closedAt === null) === open)
        .sort((a, b) => b.openedAt - a.openedAt || b.id - a.id)
        .slice(0, max),
    prune: (nowMs) => {
      const count = pruneRows(usage.rows, nowMs) + pruneRows(host.rows, nowMs);
      const old = nowMs - 400 * DAY_MS;
      const results = [
        remove(acts, ({ value }) => value.at < old),
        remove(incidents, (one) => one.openedAt < old && one.closedAt !== null),
        remove(chunks, ({ frames }) => (frames[0]?.at ?? 0) < nowMs - 7 * DAY_MS),
      ] as const;
      [acts, incidents, chunks] = [results[0][0], results[1][0], results[2][0]];
      return results.reduce((sum, [, removed]) => sum + removed, count);
    },
    forgetTenant: (tenantId) => {
      for (const { step } of RESOLUTIONS)
        for (const key of [...usage.rows[step].keys()]) if (key.endsWith(` ${tenantId}`)) usage.rows[step].delete(key);
      counters.delete(tenantId);
      states.delete(tenantId);
      acts = acts.filter((act) => act.tenantId !== tenantId);
      incidents = incidents.filter((one) => one.tenantId !== tenantId);
    },
    close: () => undefined,
  };
};
