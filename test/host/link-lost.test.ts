// A running tenant whose link somebody deletes gets it back, with its addresses and routes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { linkName } from '../../src/domain/slots.ts';
import { Box } from '../support/daemon.ts';
import { untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { watchProcess } from '../support/tenant-process.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice');
});
after(() => box?.close());

/** What a closed port says: the question arrived, and so did the answer. */
const REACHED = 'ECONNREFUSED';
const CONNECT_MS = 1000;

const ask = (host: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: 9, timeout: CONNECT_MS });
    const end = (word: string): void => {
      socket.destroy();
      resolve(word);
    };
    socket.on('timeout', () => end('timeout'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
    socket.on('connect', () => end('open'));
  });

test('a link that was deleted comes back under the same process, and the host reaches the tenant', async (t) => {
  if (!can(t)) return;
  const { address4, address6, slot } = await box.show('alice');
  const addresses = address6 ? [address4, address6] : [address4];
  for (const address of addresses) await untilEqual(() => ask(address), REACHED, address);
  const same = await watchProcess(box, 'alice');
  const routes = async (): Promise<string> => (await box.sh('alice', 'cat /proc/net/route | sort')).stdout;
  const number = async (): Promise<string> => (await box.sh('alice', 'cat /sys/class/net/eth0/ifindex')).stdout;
  const before = await routes();
  const old = await number();
  const since = (await box.version()).lastSeq;
  assert.equal(spawnSync('ip', ['link', 'del', linkName(slot)]).status, 0);
  const event = await box.waitForEvent('link-lost', 'alice', since);
  assert.deepEqual(event.data, { link: linkName(slot), repaired: true });
  assert.equal(await routes(), before);
  assert.notEqual(await number(), old);
  for (const address of addresses) await untilEqual(() => ask(address), REACHED, address);
  same();
  const { state, reason } = await box.show('alice');
  assert.deepEqual([state, reason], ['running', '']);
  await box.act('alice', 'restart');
  for (const address of addresses) await untilEqual(() => ask(address), REACHED, address);
});

test('a tenant with an eth0 of its own making is told to restart, and a restart mends it', async (t) => {
  if (!can(t)) return;
  const { slot, address4 } = await box.show('alice');
  const since = (await box.version()).lastSeq;
  const made = await box.sh('alice', 'ip link del eth0 && ip link add eth0 type veth peer name eth1');
  assert.equal(made.status, 0, made.stderr);
  const event = await box.waitForEvent('link-lost', 'alice', since);
  assert.deepEqual(event.data, { link: linkName(slot), repaired: false });
  assert.match((await box.show('alice')).reason, /tct\d+ is gone: tenantctl restart alice/);
  await box.act('alice', 'restart');
  assert.equal((await box.show('alice')).reason, '');
  await untilEqual(() => ask(address4), REACHED, address4);
});
