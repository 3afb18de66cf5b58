// The words that make a link anew.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildHostSide, buildPair, buildTenantSide, buildTenantSide6 } from '../../../src/linux/network/relink.ts';

test('the pair goes straight into the namespace that is held open', () => {
  assert.equal(buildPair(3, '/proc/9/fd/7'), 'link add tct3 type veth peer name eth0 netns /proc/9/fd/7\n');
});

test('both sides get what LXC gives them, and no IPv6 where the host has none', () => {
  assert.equal(
    buildHostSide(3, false),
    'link set tct3 up\nneigh add proxy 169.254.77.1 dev tct3\nroute add 10.96.0.5/32 dev tct3\n',
  );
  assert.match(buildHostSide(3, true), /\nneigh add proxy fe80::1 dev tct3\nroute add fd77:\S+\/128 dev tct3\n$/);
  assert.equal(
    buildTenantSide(3),
    'address add 10.96.0.5/32 dev eth0\nlink set eth0 up\nroute add 169.254.77.1 dev eth0\n' +
      'route add default via 169.254.77.1 dev eth0\n',
  );
  assert.match(
    buildTenantSide6(3),
    /^address add fd77:\S+\/128 dev eth0 nodad\nroute add default via fe80::1 dev eth0\n$/,
  );
});
