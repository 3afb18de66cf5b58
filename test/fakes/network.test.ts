// The fake keeps the contract of the port.

import { buildInstance } from '../../src/domain/instance.ts';
import { networkContract } from '../contract/network.ts';
import { createNetwork } from './network.ts';

networkContract('the fake', async () => {
  const instance = buildInstance('/tmp/state-of-a-test');
  const network = createNetwork(instance);
  return { network, instance, flush: network.flush, addLink: network.addLink };
});
