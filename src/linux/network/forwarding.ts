// The one kernel setting LXC needs for a routed link with an IPv6 gateway, set so that the host's own uplinks stay.

import { readdirSync } from 'node:fs';
import type { HostSetting, HostSettings } from '../host-settings.ts';

const TENANT_LINK = /^tct\d+$/;
const NO_INTERFACE = new Set(['all', 'default', 'lo']);
const CONF = 'net/ipv6/conf';
const ALL: HostSetting = { key: `${CONF}/all/forwarding`, value: '1' };

/**
 * LXC refuses `ipv6.gateway` on a routed link while net.ipv6.conf.all.forwarding is 0 (lxc 5.0, network.c). Turning it
 * on makes the kernel forget routers it learned by advertisement, unless accept_ra is 2 (ip-sysctl.rst); so interfaces
 * that accept advertisements now keep doing so. IPv4 needs nothing: LXC turns forwarding on for the link alone.
 * A host without IPv6 is left alone.
 */
export const ensureForwarding = (settings: HostSettings, proc: string): void => {
  if (settings.read(ALL.key) !== '0') return;
  const names = readdirSync(`${proc}/sys/${CONF}`).filter((name) => name !== 'all' && !TENANT_LINK.test(name));
  const doesForward = (name: string): boolean => settings.read(`${CONF}/${name}/forwarding`) === '1';
  // turning `all` off again turns off those that forwarded before, too (net/ipv6/addrconf.c, addrconf_forward_change)
  const forwarding = names.filter(doesForward).map((name) => ({ key: `${CONF}/${name}/forwarding`, value: '1' }));
  const accepting = names
    .filter((name) => !NO_INTERFACE.has(name) && settings.read(`${CONF}/${name}/accept_ra`) === '1')
    .filter((name) => !doesForward(name))
    .map((name) => ({ key: `${CONF}/${name}/accept_ra`, value: '2' }));
  settings.note([ALL, ...forwarding, ...accepting]);
  for (const setting of accepting) settings.write(setting);
  settings.write(ALL);
};
