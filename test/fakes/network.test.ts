// The fake keeps the contract of the port.

import { buildInstance } from '../../src/domain/instance.ts';
import { networkContract } from '../contract/network.ts';
import { createNetwork } from './network.ts';

networkContract('the fake', async () => {
  const instance = buildInstance('/tmp/state-of-a-test');
  const network = createNetwork(instance);
  const passBytes = (slot: number): number => {
    network.setLinkBytes(slot, { rxBytes: 1000, txBytes: 0 });
    return 1000;
  };
  return { network, instance, flush: network.flush, addLink: network.addLink, passBytes };
});
