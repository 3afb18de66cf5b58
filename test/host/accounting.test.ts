// The books of a real daemon under load: 20 times kill -9, and still tenants + system + idle is capacity x time.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostSeriesRow, HostSeriesView, SeriesView } from '../../src/api/series-contract.ts';
import { openCgroups } from '../../src/linux/cgroup/open.ts';
import { Box } from '../support/daemon.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { installStress, stress } from '../support/stress.ts';

const KILLS = 20;
const TENANTS = ['alice', 'bob'] as const;
const LIMITS = { cpu: '0.5', memory: '128M', disk: '192M', pids: 96 };
/** Issue: within 1 %. A row ends with the first tick after its slot, so the first and the last may be a second off. */
const MOST_OFF = 0.01;

/** What the kernel says a tenant has used since it was started. */
const readCpuUsec = (box: Box, name: string): number => {
  const cgroups = openCgroups({ root: '/sys/fs/cgroup', systemd: false, device: null, swap: 0 });
  const sampler = cgroups.openSampler(box.place(name));
  const sample = sampler.sample(0);
  sampler.close();
  assert.ok(sample, `${name} runs`);
  return sample.cpuUsec;
};

const readHost = async (box: Box): Promise<HostSeriesRow[]> =>
  (await box.get<HostSeriesView>('/v1/host/series?step=10')).rows;

/** Microseconds of CPU in the rows of a tenant. */
const readBooked = async (box: Box, name: string): Promise<number> => {
  const { rows } = await box.get<SeriesView>(`/v1/tenants/${name}/series?step=10`);
  return rows.reduce((sum, { cpu, seconds }) => sum + cpu * seconds * 1000, 0);
};

const sumOf = (rows: readonly HostSeriesRow[], pick: (row: HostSeriesRow) => number): number =>
  rows.reduce((sum, row) => sum + pick(row) * row.seconds, 0);

/** Rows end with their slots: from the beginning of the first to the end of the last, by the wall clock. */
const spanOf = (rows: readonly HostSeriesRow[]): number => {
  const [first, last] = [rows[0], rows.at(-1)];
  assert.ok(first && last);
  return (Date.parse(last.at) - Date.parse(first.at)) / 1000 + first.seconds;
};

const isClose = (got: number, want: number, what: string): void =>
  assert.ok(Math.abs(got / want - 1) <= MOST_OFF, `${what}: ${got} instead of ${want}`);

test(`after ${KILLS} times kill -9 under load the books add up to the box's time`, async (t) => {
  if (!requires(t, 'root', 'lxc', 'overlay', 'loop', 'stress-ng')) return;
  const box = new Box();
  try {
    await box.start();
    // a batch that is older than the tenants: all they use is counted
    await until('the first row', async () => (await readHost(box)).length > 0 || undefined);
    for (const name of TENANTS) await box.add(name, { limits: LIMITS });
    for (const name of TENANTS) await installStress(box, name);
    for (const name of TENANTS) await box.background(name, stress('--cpu 2 --timeout 3600'));
    for (let i = 0; i < KILLS; i++) {
      // dead and alive for times that differ, so that the ends fall on other parts of a slot
      await sleep(1000 + ((i * 3700) % 11_000));
      await box.kill();
      await sleep((i * 1300) % 7000);
      await box.start();
    }
    const before = (await readHost(box)).length;
    await until('two more rows', async () => (await readHost(box)).length >= before + 2 || undefined);
    const rows = (await readHost(box)).slice(1); // the first is shorter than its slot
    const used = sumOf(rows, ({ tenants, system, idle }) => tenants + system + idle);
    const capacity = availableParallelism() * 1000 * spanOf(rows);
    t.diagnostic(
      `tenants ${sumOf(rows, (row) => row.tenants)}, system ${sumOf(rows, (row) => row.system)}, ` +
        `idle ${sumOf(rows, (row) => row.idle)}: ${used} of ${capacity} core-milliseconds`,
    );
    isClose(used, capacity, 'tenants + system + idle');
    const kernel = TENANTS.map((name) => readCpuUsec(box, name));
    await box.restart(); // an orderly end writes what is left
    for (const [i, name] of TENANTS.entries()) isClose(await readBooked(box, name), kernel[i] ?? 0, name);
  } finally {
    await box.close();
  }
});
