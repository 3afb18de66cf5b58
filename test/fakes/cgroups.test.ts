// The fake keeps the contract.

import { buildPlace } from '../../src/domain/instance.ts';
import { cgroupsContract } from '../contract/cgroups.ts';
import { FakeCgroups } from './cgroups.ts';

cgroupsContract('control groups in memory', {
  open: async () => {
    const cgroups = new FakeCgroups();
    const place = buildPlace({ name: 'tenantctl_fake', slots: { first: 0, count: 1 } }, 'alice', false);
    return {
      cgroups,
      place,
      makeGroups: () => cgroups.create(place, []),
      spoil: ({ node, file }, text) => cgroups.setFile(place, file, text, node),
      spawn: async (where) => {
        const pid = cgroups.addProcess(place, where);
        return { pid, isAlive: () => where === 'outside' || cgroups.listPids(place).includes(pid) };
      },
      occupy: async (bytes) => cgroups.setUse(place, { memory: bytes }),
      close: async () => undefined,
    };
  },
});
