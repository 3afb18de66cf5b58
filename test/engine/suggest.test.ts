// `policy suggest`: limits from stored minutes, with the figures behind them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiB, MiB } from '../../src/domain/units.ts';
import { suggestFor } from '../../src/engine/suggest.ts';
import { makeRow } from '../domain/usage-rows.ts';
import { createScene, type Scene } from './scene.ts';

const HOUR = 3_600_000;

const createUsed = async (minutes: number): Promise<Scene> => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { cpu: 2, memory: '2G' } }] });
  const id = scene.box.registry.current.tenants[0]?.id;
  const { readSeries } = scene.box.history;
  scene.box.history.readSeries = (tenantId, from, to, step) => {
    if (tenantId !== id || step !== 60) return readSeries(tenantId, from, to, step);
    return Array.from({ length: minutes }, (_, n) =>
      makeRow({ at: n * 60_000, ms: 60_000, cpuUsec: 12_000_000, cpuPeak: 1800, memoryPeak: 300 * MiB, pidsPeak: 20 }),
    );
  };
  return scene;
};

test('what was used with headroom is proposed for each limit, beside what is now', async () => {
  const scene = await createUsed(120);
  const { rows, proposals } = suggestFor(scene.engine, 'alice', 0, 2 * HOUR) as {
    rows: number;
    proposals: { limit: string; now: number; proposed: number; p95: number; peak: number; why: string }[];
  };
  assert.equal(rows, 120);
  const cpu = proposals.find(({ limit }) => limit === 'cpu');
  assert.deepEqual([cpu?.now, cpu?.p95, cpu?.peak], [2000, 200, 1800]);
  assert.equal(
    cpu?.why,
    '95 % of 2 h were below 0.2 as averages of a minute, the highest second was 1.8: 0.25 leaves headroom',
  );
  assert.ok(cpu && cpu.proposed > 200 && cpu.proposed < 500);
  const memory = proposals.find(({ limit }) => limit === 'memory');
  assert.equal(memory?.now, 2 * GiB);
  assert.match(memory?.why ?? '', /^95 % of 2 h were below 300M, the highest was 300M: \d+M leaves headroom$/);
});

test('less than an hour is no ground for a proposal', async () => {
  const scene = await createUsed(59);
  assert.throws(() => suggestFor(scene.engine, 'alice', 0, HOUR), { code: 'NOT_MEASURED' });
  assert.throws(() => suggestFor(scene.engine, 'bob', 0, HOUR), { code: 'TENANT_MISSING' });
});
