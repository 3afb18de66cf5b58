// `policy suggest`: limits by what a tenant used, from the stored minutes.

import { problem } from '../domain/errors.ts';
import { formatLimit, type Limits } from '../domain/limits.ts';
import { type Suggestion, suggestLimits } from '../domain/suggest.ts';
import { type Engine, requireTenant } from './engine.ts';

const LEAST_HOURS = 1;

const explain = ({ resource, value, p95, peak, hours }: Suggestion): string => {
  const text = (amount: number): string =>
    formatLimit(resource, { [resource]: Math.round(amount) } as unknown as Limits);
  // CPU is stored as the average of a minute and the highest of a tick, the rest as the highest alone
  const [as, highest] = resource === 'cpu' ? [' as averages of a minute', 'highest second'] : ['', 'highest'];
  return `95 % of ${hours.toFixed(0)} h were below ${text(p95)}${as}, the ${highest} was ${text(peak)}: ${text(value)} leaves headroom`;
};

/** @throws Problem NOT_MEASURED with less than an hour of history */
export const suggestFor = (engine: Engine, name: string, from: number, to: number): object => {
  const tenant = requireTenant(engine, name);
  const rows = engine.ports.history.readSeries(tenant.id, from, to, 60).filter(({ ms }) => ms > 0);
  const measured = rows.map((row) => ({
    seconds: row.ms / 1000,
    cpu: row.cpuUsec / row.ms,
    cpuPeak: row.cpuPeak,
    memoryPeak: row.memoryPeak,
    pids: row.pidsPeak,
    diskUsed: row.diskUsed,
  }));
  const { cpu, memory, pids, disk } = tenant.limits;
  const found = suggestLimits(measured, { cpu, memory, pids, disk });
  if (found.length === 0)
    throw problem('NOT_MEASURED', { name, at: `${new Date(from).toISOString()} on for ${LEAST_HOURS} h` });
  return {
    name,
    rows: rows.length,
    proposals: found.map((one) => ({
      limit: one.resource,
      now: one.now,
      proposed: one.value,
      p95: one.p95,
      peak: one.peak,
      why: explain(one),
    })),
  };
};
