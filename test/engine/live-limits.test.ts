// What the kernel should hold: the tenant's own limits less what rules take, and what a penalty holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdOf, holdTenant, liveLimits } from '../../src/engine/live-limits.ts';
import { findTenant } from '../../src/engine/reconcile.ts';
import { setTenant } from '../../src/engine/set.ts';
import { createScene, type Scene, tick, work } from './scene.ts';

const aliceOf = ({ box }: Scene) => {
  const tenant = findTenant(box.ports, 'alice');
  assert.ok(tenant);
  return tenant;
};

test('without rules that take anything a tenant has its own limits, and the protection of its share', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { cpu: 1 } }, { name: 'bob' }] });
  const { memoryLow, ...limits } = liveLimits(scene.engine, aliceOf(scene));
  assert.deepEqual({ ...limits, cpuWeight: 100 }, aliceOf(scene).limits);
  assert.ok((memoryLow ?? 0) > 0);
});

test('a change of the registry is decided on before it is looked at', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  await tick(scene);
  const before = liveLimits(scene.engine, aliceOf(scene)).cpuWeight;
  await setTenant(scene.engine, 'alice', { rules: { share: '0.8' } }, work);
  assert.ok(liveLimits(scene.engine, aliceOf(scene)).cpuWeight > before);
});

test('a value that a step in between changes stands, all others follow the rules', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { cpu: 2, memory: '1G' } }] });
  const tenant = aliceOf(scene);
  await tick(scene);
  const { verdicts } = scene.engine.scheduler;
  const verdict = verdicts['alice'];
  assert.ok(verdict);
  const effective = { ...verdict.effective, cpu: 300, memory: 2 ** 28 };
  scene.engine.scheduler.verdicts = { alice: { ...verdict, effective } };
  assert.deepEqual([liveLimits(scene.engine, tenant).cpu, liveLimits(scene.engine, tenant).memory], [300, 2 ** 28]);
  const between = { ...tenant, limits: { ...tenant.limits, memory: 2 ** 29 } };
  const live = liveLimits(scene.engine, between);
  assert.deepEqual([live.cpu, live.memory], [300, 2 ** 29]);
});

test('a penalty holds a running tenant frozen, anyone stopped, and nobody up', async () => {
  const scene = await createScene();
  const tenant = aliceOf(scene);
  await tick(scene);
  const verdict = scene.engine.scheduler.verdicts['alice'];
  assert.ok(verdict);
  const hold = (kind: 'none' | 'frozen' | 'stopped', desired: 'running' | 'stopped' | 'frozen') => {
    scene.engine.scheduler.verdicts = { alice: { ...verdict, effective: { ...verdict.effective, hold: kind } } };
    return holdTenant(scene.engine, { ...tenant, desired }).desired;
  };
  assert.equal(hold('frozen', 'running'), 'frozen');
  assert.equal(hold('frozen', 'stopped'), 'stopped');
  assert.equal(hold('stopped', 'running'), 'stopped');
  assert.deepEqual(holdOf(scene.engine, 'alice'), { hold: 'stopped', until: null });
  assert.equal(hold('none', 'frozen'), 'frozen');
  assert.equal(holdOf(scene.engine, 'alice'), undefined);
});
