// Which host links are ours, by /proc/net/dev.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance } from '../../../src/domain/instance.ts';
import { parseInterfaces, pickSlots } from '../../../src/linux/network/links.ts';
import { buildRules } from '../../../src/linux/network/rules.ts';

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:   34336     302    0    0    0     0          0         0    34336     302    0    0    0     0       0          0
tct1030: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0
eth0:1: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0
`;

const side: Instance = { name: 'tenantctl_x', slots: { first: 1024, count: 24 } };

test('interface names are read even when they hold a colon', () => {
  assert.deepEqual(parseInterfaces(NET_DEV), ['lo', 'tct1030', 'eth0:1']);
});

test('only links of this instance count, sorted', () => {
  const names = ['tct1047', 'tct1024', 'tct1023', 'tct1048', 'tct01030', 'tct', 'tctx', 'eth0', 'tct10300'];
  assert.deepEqual(pickSlots(names, side), [1024, 1047]);
});

test('the rules of two instances never share a preference', () => {
  const next: Instance = { name: 'tenantctl_y', slots: { first: 1048, count: 24 } };
  const house: Instance = { name: 'tenantctl', slots: { first: 0, count: 1024 } };
  const prefs = [house, side, next].flatMap((instance) => buildRules(instance).map(({ pref }) => pref));
  assert.equal(new Set(prefs).size, 6);
  assert.ok(prefs.every((pref) => pref > 0 && pref < 32766));
});
