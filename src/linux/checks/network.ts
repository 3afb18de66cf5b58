// Checks of doctor: the rules that keep tenants apart.

import { type CheckFacts, type CheckSpec, fail, pass, SLOW_MS, type Verdict, warn } from './check-spec.ts';

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

export const NETWORK_CHECKS: readonly CheckSpec[] = [
  { id: 'network', timeoutMs: SLOW_MS, look: checkMethod },
  { id: 'isolation', timeoutMs: SLOW_MS, look: checkRules },
];
