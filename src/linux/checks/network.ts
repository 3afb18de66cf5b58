// Checks of doctor: the rules that keep tenants apart, and the route their answers need.

import { readKernelFileIfAny } from '../files.ts';
import { type CheckFacts, type CheckSpec, fail, pass, QUICK_MS, SLOW_MS, type Verdict, warn } from './check-spec.ts';

const checkMethod = ({ network }: CheckFacts): Verdict => {
  if (!network)
    return fail('no way to keep tenants apart was found', 'apt-get install --no-install-recommends nftables');
  return network.method === 'nft'
    ? pass('nftables with the inet family')
    : warn(
        'no inet nftables: tenants cannot reach each other, but a tenant can reach what the host listens on',
        'apt-get install nftables; or use a kernel with CONFIG_NF_TABLES_INET',
      );
};

const checkRules = async ({ network }: CheckFacts): Promise<Verdict> => {
  if (!network) return fail('the isolation rules do not stand', 'see the line network');
  return (await network.checkIsolation())
    ? pass('the isolation rules stand as written')
    : fail(
        'the isolation rules are missing or were changed by another program',
        'the daemon puts them back within 10 s; look for what flushes them: nft monitor',
      );
};

/** Destination and mask of a default route in /proc/net/route (proc_pid_net(5)). */
const DEFAULT_ROUTE = /^\S+\t0{8}\t(?:\S+\t){5}0{8}\t/m;

/** The kernel answers for the tenants' next hop only while another link has a route to it (docs/kernel-notes.md). */
const checkRoute = ({ roots }: CheckFacts): Verdict =>
  DEFAULT_ROUTE.test(readKernelFileIfAny(`${roots.proc}/net/route`) ?? '')
    ? pass('the host has an IPv4 default route')
    : warn(
        'no IPv4 default route: tenants cannot be reached, and cannot answer, by their IPv4 address',
        'ip route add default via ROUTER; IPv6 works without',
      );

export const NETWORK_CHECKS: readonly CheckSpec[] = [
  { id: 'network', timeoutMs: SLOW_MS, look: checkMethod },
  { id: 'ipv4-route', timeoutMs: QUICK_MS, look: checkRoute },
  { id: 'isolation', timeoutMs: SLOW_MS, look: checkRules },
];
