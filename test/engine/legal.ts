// What must hold on a box when no work is under way, whatever happened before.

import assert from 'node:assert/strict';
import type { Tenant } from '../../src/domain/tenant.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { healAll, healCut } from '../../src/engine/heal.ts';
import { liveLimits } from '../../src/engine/live-limits.ts';
import { placeOf } from '../../src/engine/observe.ts';
import { emptyTrash } from '../../src/engine/remove.ts';
import { type Box, createWork } from '../fakes/engine.ts';

const checkUp = (box: Box, tenant: Tenant): void => {
  const place = placeOf(box.config, tenant.name);
  assert.ok(box.containers.running.has(tenant.name), `${tenant.name} should run`);
  assert.equal(box.cgroups.isFrozen(place), tenant.desired === 'frozen', `${tenant.name} frozen`);
  assert.ok(box.cgroups.isConfined(place), `${tenant.name} is confined`);
  assert.deepEqual(box.cgroups.findDrift(place, liveLimits(box.boot(), tenant)), [], `limits of ${tenant.name}`);
  assert.equal(box.rootfs.folders.get(tenant.name)?.mounted, true, `${tenant.name} is mounted`);
};

const checkDown = async (box: Box, tenant: Tenant): Promise<void> => {
  assert.equal(box.containers.running.has(tenant.name), false, `${tenant.name} should not run`);
  assert.equal(box.cgroups.exists(placeOf(box.config, tenant.name)), false, `cgroup of ${tenant.name}`);
  assert.equal(box.rootfs.folders.get(tenant.name)?.mounted, false, `mounts of ${tenant.name}`);
  assert.equal((await box.network.listLinks()).includes(tenant.slot), false, `link of ${tenant.name}`);
};

/** Nothing is half-way, nothing is left over, everything is as wanted. */
export const checkLegal = async (box: Box): Promise<void> => {
  const { tenants, trash } = box.registry.current;
  for (const tenant of tenants) {
    assert.equal(tenant.phase, 'ready', tenant.name);
    assert.equal(box.rootfs.folders.get(tenant.name)?.disk, tenant.limits.disk, `disk of ${tenant.name}`);
    assert.equal(box.rootfs.folders.get(tenant.name)?.leftovers, false);
    if (tenant.desired === 'stopped') await checkDown(box, tenant);
    else checkUp(box, tenant);
  }
  const names = tenants.map(({ name }) => name);
  const stray = (known: Iterable<string>): string[] => [...known].filter((name) => !names.includes(name));
  assert.deepEqual(stray(box.rootfs.folders.keys()), [], 'folders nobody owns');
  assert.deepEqual(stray(box.containers.running.keys()), [], 'containers nobody owns');
  assert.deepEqual(stray(box.cgroups.list(placeOf(box.config, 'x').house)), [], 'cgroups nobody owns');
  const slots = tenants.map(({ slot }) => slot);
  assert.deepEqual(
    (await box.network.listLinks()).filter((slot) => !slots.includes(slot)),
    [],
    'links nobody owns',
  );
  assert.deepEqual([...box.rootfs.trash.keys()].sort(), trash.map(({ key }) => key).sort(), 'trash and registry agree');
};

/** A daemon starts on the box and brings everything in order. */
export const bootAndHeal = async (box: Box): Promise<Engine> => {
  const engine = box.boot();
  const work = createWork('daemon');
  await healCut(engine, work);
  await emptyTrash(engine, { expiredAt: box.clock.now() }, 'daemon'); // the first of the daemon's jobs
  await healAll(engine, work);
  return engine;
};
