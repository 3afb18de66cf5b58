// The contract of the network port on the real kernel, with nftables and with ip rules. Runs in a network namespace of
// its own, and a mount namespace: see ../network.test.ts.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildInstance } from '../../../src/domain/instance.ts';
import { linkName } from '../../../src/domain/slots.ts';
import { run } from '../../../src/linux/exec.ts';
import { openHostSettings } from '../../../src/linux/host-settings.ts';
import { openNetwork } from '../../../src/linux/network/open.ts';
import type { Network } from '../../../src/ports/network.ts';
import { networkContract } from '../../contract/network.ts';
import { createLog } from '../../fakes/log.ts';
import { ip } from './stage.ts';

const instance = buildInstance('/tmp/state-of-the-network-contract');

const notes = mkdtempSync(join(tmpdir(), 'tenantctl-notes-'));
const settings = openHostSettings(notes, '/proc');
after(() => rmSync(notes, { recursive: true }));

/** Another program takes all that is not the kernel's own. */
const flush = async (method: Network['method']): Promise<void> => {
  if (method === 'nft') {
    await run('nft', ['flush', 'ruleset']);
    return;
  }
  for (const family of ['-4', '-6']) {
    await ip(family, 'rule', 'flush');
    await ip(family, 'rule', 'add', 'pref', '32766', 'lookup', 'main');
  }
};

/** Of TEST-NET-1 (RFC 5737), with a neighbour that need not answer. */
const passBytes = async (slot: number): Promise<number> => {
  const link = linkName(slot);
  for (const name of [link, `peer${slot}`]) await ip('link', 'set', name, 'up');
  await ip('address', 'add', '192.0.2.1/24', 'dev', link);
  await ip('neigh', 'replace', '192.0.2.2', 'lladdr', '02:00:00:00:00:02', 'dev', link);
  const socket = createSocket('udp4');
  const payload = Buffer.alloc(1000);
  await new Promise((resolve) => socket.send(payload, 9, '192.0.2.2', resolve));
  socket.close();
  return payload.length;
};

// /sys shows the network namespace of its mount; this one vanishes with the mount namespace of this test
await run('mount', ['-t', 'sysfs', 'sysfs', '/sys']);

/** A kernel without inet nftables (user-mode-linux) runs the half that it can. */
const probed = (await openNetwork({ instance, log: createLog(), settings })).method;
const methods: readonly Network['method'][] = probed === 'nft' ? ['nft', 'rules'] : ['rules'];

for (const method of methods) {
  networkContract(`the kernel with ${method}`, async () => ({
    network: await openNetwork({ instance, log: createLog(), settings, method }),
    instance,
    flush: () => flush(method),
    addLink: (slot) => ip('link', 'add', linkName(slot), 'type', 'veth', 'peer', 'name', `peer${slot}`),
    passBytes,
  }));
}

/** As a purge does. */
const giveBack = async (): Promise<void> => {
  const parts = `${import.meta.dirname}/../../../scripts/install`;
  const script = `set -eu; DRY=0 PROC=/proc RUN=${notes}; . ${parts}/act.sh; . ${parts}/settings.sh; restore_settings`;
  await run('sh', ['-c', script]);
};

test('forwarding is on after the rules, an uplink goes on to learn routers, and a purge gives back what was there', async () => {
  const conf = '/proc/sys/net/ipv6/conf';
  await ip('link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1');
  writeFileSync(`${conf}/all/forwarding`, '0');
  writeFileSync(`${conf}/up0/accept_ra`, '1');
  writeFileSync(`${conf}/up1/accept_ra`, '0');
  writeFileSync(`${conf}/up1/forwarding`, '1');
  const network = await openNetwork({ instance, log: createLog(), settings });
  await network.ensureIsolation();
  await network.ensureIsolation();
  const keys = ['all/forwarding', 'up0/forwarding', 'up0/accept_ra', 'up1/forwarding', 'up1/accept_ra'];
  const readAll = (): string[] => keys.map((key) => readFileSync(`${conf}/${key}`, 'utf8').trim());
  assert.deepEqual(readAll(), ['1', '1', '2', '1', '0']);
  await network.removeIsolation();
  await giveBack();
  assert.deepEqual(readAll(), ['0', '0', '1', '1', '0']);
  await ip('link', 'del', 'up0');
});
