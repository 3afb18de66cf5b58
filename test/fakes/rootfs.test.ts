// The rootfs in memory keeps the contract of the port.

import { rootfsContract } from '../contract/rootfs.ts';
import { openFakeRootfs } from './rootfs.ts';

for (const growMode of ['live', 'restart'] as const) {
  rootfsContract(`fake rootfs (${growMode})`, async () => ({
    rootfs: openFakeRootfs({ growMode }),
    slot: 0,
    close: async () => undefined,
  }));
}
