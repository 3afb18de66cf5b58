// Forwarding for routed links: what the host had is noted, an uplink goes on to learn routers.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openHostSettings } from '../../../src/linux/host-settings.ts';
import { ensureForwarding } from '../../../src/linux/network/forwarding.ts';

type Conf = Readonly<Record<string, { readonly forwarding: number; readonly acceptRa: number }>>;

const withConf = (conf: Conf, act: (paths: { proc: string; run: string; conf: string }) => void): void => {
  const proc = mkdtempSync(join(tmpdir(), 'tenantctl-forwarding-'));
  const folder = join(proc, 'sys/net/ipv6/conf');
  try {
    for (const [name, { forwarding, acceptRa }] of Object.entries(conf)) {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, 'forwarding'), `${forwarding}\n`);
      writeFileSync(join(folder, name, 'accept_ra'), `${acceptRa}\n`);
    }
    act({ proc, run: join(proc, 'run'), conf: folder });
  } finally {
    rmSync(proc, { recursive: true, force: true });
  }
};

const HOST: Conf = {
  all: { forwarding: 0, acceptRa: 1 },
  default: { forwarding: 0, acceptRa: 1 },
  eth0: { forwarding: 0, acceptRa: 1 },
  wg0: { forwarding: 1, acceptRa: 0 },
  tct3: { forwarding: 1, acceptRa: 1 },
};

/** In the order of giving back: turning `all` off turns off wg0 as well. */
const NOTES = [
  'net/ipv6/conf/all/forwarding 0 1',
  'net/ipv6/conf/wg0/forwarding 1 1',
  'net/ipv6/conf/eth0/accept_ra 1 2',
  '',
].join('\n');

test('what the host had is noted once, whatever later daemons find', () => {
  withConf(HOST, ({ proc, run, conf }) => {
    ensureForwarding(openHostSettings(run, proc), proc);
    const read = (path: string): string => readFileSync(join(conf, path), 'utf8').trim();
    assert.deepEqual(['all/forwarding', 'eth0/accept_ra', 'default/accept_ra'].map(read), ['1', '2', '1']);
    assert.equal(readFileSync(join(run, 'sysctls'), 'utf8'), NOTES);
    writeFileSync(join(conf, 'all/forwarding'), '0\n');
    ensureForwarding(openHostSettings(run, proc), proc);
    assert.equal(read('all/forwarding'), '1');
    assert.equal(readFileSync(join(run, 'sysctls'), 'utf8'), NOTES);
  });
});

test('a host that forwards already is left as it is, and nothing is noted', () => {
  withConf({ ...HOST, all: { forwarding: 1, acceptRa: 1 } }, ({ proc, run, conf }) => {
    ensureForwarding(openHostSettings(run, proc), proc);
    assert.equal(readFileSync(join(conf, 'eth0/accept_ra'), 'utf8').trim(), '1');
    assert.ok(!existsSync(join(run, 'sysctls')));
  });
});
