// The one kernel setting LXC needs for a routed link with an IPv6 gateway, set so that the host's own uplinks stay.

import { readdirSync } from 'node:fs';
import { readKernelFile, readKernelFileIfAny, writeKernelFile } from '../files.ts';

const TENANT_LINK = /^tct\d+$/;
const NO_INTERFACE = new Set(['all', 'default', 'lo']);

/**
 * LXC refuses `ipv6.gateway` on a routed link while net.ipv6.conf.all.forwarding is 0 (lxc 5.0, network.c). Turning it
 * on makes the kernel forget routers it learned by advertisement, unless accept_ra is 2 (ip-sysctl.rst); so interfaces
 * that accept advertisements now keep doing so. IPv4 needs nothing: LXC turns forwarding on for the link alone.
 * A host without IPv6 is left alone.
 */
export const ensureForwarding = (proc: string): void => {
  const conf = `${proc}/sys/net/ipv6/conf`;
  const all = readKernelFileIfAny(`${conf}/all/forwarding`);
  if (all === undefined || all !== '0') return;
  for (const name of readdirSync(conf)) {
    if (NO_INTERFACE.has(name) || TENANT_LINK.test(name)) continue;
    const accepts = readKernelFileIfAny(`${conf}/${name}/accept_ra`) === '1';
    if (accepts && readKernelFile(`${conf}/${name}/forwarding`) === '0')
      writeKernelFile(`${conf}/${name}/accept_ra`, '2');
  }
  writeKernelFile(`${conf}/all/forwarding`, '1');
};
