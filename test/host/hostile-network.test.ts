// What a tenant can do to tables of the host's network stack that all tenants share.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { linkName } from '../../src/domain/slots.ts';
import { Box } from '../support/daemon.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop', 'nft');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice');
});
after(() => box?.close());

const neighbours = async (family: '-4' | '-6'): Promise<string[]> => {
  const link = linkName((await box.show('alice')).slot);
  const { stdout } = spawnSync('ip', [family, 'neigh', 'show', 'dev', link], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean);
};

/** Makes the tenant ask for its next hop in the name of an address; bash has sockets of its own. */
const ask = (source: string, hop: string): string =>
  source.includes(':')
    ? `ip -6 addr add ${source}/128 dev eth0 nodad; ip -6 route replace default via ${hop} dev eth0 src ${source};
       ip -6 neigh flush dev eth0; echo x >/dev/udp/2001:db8::1/9;`
    : `ip addr add ${source}/32 dev eth0; ip route replace default via ${hop} dev eth0 src ${source};
       ip neigh flush dev eth0; echo x >/dev/udp/198.51.100.1/9;`;

const bash = (script: string) => box.exec('alice', 'bash', '-c', script);

test('ARP in the name of a foreign address leaves nothing in the neighbour table of the host', async (t) => {
  if (!can(t)) return;
  const hop = '169.254.77.1';
  const own = (await box.show('alice')).address4;
  const { stderr } = await bash(ask('10.200.0.1', hop));
  assert.equal(stderr, '');
  await bash(ask(own, hop).replace(/^ip addr[^;]*;/, ''));
  // the own one comes after the forged one on the same link: when it is there, the other one was judged
  await until('the own address is known', async () =>
    (await neighbours('-4')).some((line) => line.startsWith(`${own} `)),
  );
  assert.deepEqual(
    (await neighbours('-4')).map((line) => line.split(' ')[0]),
    [own],
  );
});

test('a link adds a handful of link-local senders to the neighbour table of the host, however many it makes up', async (t) => {
  if (!can(t)) return;
  const sources = Array.from({ length: 60 }, (_, n) => `fe80::dead:${n + 1}`);
  const { status, stderr } = await bash(sources.map((source) => ask(source, 'fe80::1')).join('\n'));
  assert.equal(status, 0, stderr);
  const made = (await neighbours('-6')).filter((line) => line.startsWith('fe80::dead:'));
  assert.ok(made.length > 0 && made.length < 30, `${made.length} entries`);
});
