// The containers in memory are as strict as LXC: no start on leftovers, no link and no process after an end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildInstance, buildPlace } from '../../src/domain/instance.ts';
import { makeTenant } from '../domain/tenant-values.ts';
import { FakeCgroups } from './cgroups.ts';
import { createClock } from './clock.ts';
import { createContainers } from './containers.ts';
import { createNetwork } from './network.ts';

const instance = buildInstance('/fake/state');
const tenant = makeTenant({ slot: instance.slots.first });
const place = buildPlace(instance, 'alice', false);
const { signal } = new AbortController();
const request = { tenant, place, root: '/r', cgroupLines: ['lxc.cgroup2.pids.max = 64'], signal };

const create = () => {
  const cgroups = new FakeCgroups();
  const network = createNetwork(instance);
  return { cgroups, network, containers: createContainers({ cgroups, network, clock: createClock() }) };
};

test('a start makes groups with limits, a link and a process; an end leaves the groups, as without systemd', async () => {
  const { cgroups, network, containers } = create();
  await containers.start(request);
  assert.equal(await containers.state('alice', place), 'running');
  assert.deepEqual(await network.listLinks(), [tenant.slot]);
  assert.equal(cgroups.groups.get(place.root)?.files.get('pids.max'), '64');
  containers.die('alice');
  assert.equal(await containers.state('alice', place), 'stopped');
  assert.deepEqual(await network.listLinks(), []);
  assert.deepEqual(cgroups.listPids(place), []);
  assert.equal(cgroups.exists(place), true);
  assert.deepEqual(await containers.lastEnd('alice'), { orderly: false, text: 'signal 9' });
});

test('a start on left groups or a left link is refused with "File exists"', async () => {
  const first = create();
  first.cgroups.create(place);
  await assert.rejects(first.containers.start(request), /File exists/);
  const second = create();
  second.network.addLink(tenant.slot);
  await assert.rejects(second.containers.start(request), /File exists/);
});

test('a start that fails leaves groups without processes behind', async () => {
  const { cgroups, containers } = create();
  containers.failNextStart('no such device');
  await assert.rejects(containers.start(request), /no such device/);
  assert.equal(cgroups.exists(place), true);
  assert.deepEqual(cgroups.listPids(place), []);
});

test('stopping what does not run is fine', async () => {
  const { containers } = create();
  await containers.stop('alice', place, { timeoutMs: 0, signal });
});
