// A tenant that takes all the inotify instances it can get, next to a neighbour and a host that need some.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Box } from '../support/daemon.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice', { limits: { pids: 400, memory: '256M' } });
  await box.add('bob');
});
after(() => box?.close());

/** A file of a tmpfs: on an overlay tail polls by its own choice. It makes one instance, and says so when it cannot. */
const FILE = '/dev/shm/tenantctl-followed';
const FOLLOW = `mkdir -p /dev/shm; touch ${FILE}; timeout 1 tail -f ${FILE}; rm ${FILE}`;
const COMPLAINT = /inotify/;

test('its own budget stops it, and neither the neighbour nor the host is out of them', async (t) => {
  if (!can(t)) return;
  await box.background(
    'alice',
    'mkdir -p /dev/shm; touch /dev/shm/f; for n in $(seq 270); do tail -f /dev/shm/f & done; wait',
  );
  // counted, not tried: a try takes an instance itself, and may be the one that takes the last
  await until('the budget of the tenant is used up', async () => {
    const { stdout } = await box.sh('alice', 'ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c inotify');
    return stdout === '256\n';
  });
  assert.match((await box.sh('alice', FOLLOW)).stderr, COMPLAINT, 'the tenant');
  assert.doesNotMatch((await box.sh('bob', FOLLOW)).stderr, COMPLAINT, 'the neighbour');
  const host = spawnSync('sh', ['-c', FOLLOW], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  assert.doesNotMatch(host.stderr, COMPLAINT, 'the host');
});
