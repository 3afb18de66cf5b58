// A host of two CPUs and 4 GiB that can do everything; facts, figures and checks are what a test says.

import type { Check, Host, HostFacts, HostInventory, HostSample, HostTotals } from '../../src/ports/host.ts';

const GiB = 2 ** 30;

export const HOST_FACTS: HostFacts = {
  hostname: 'box',
  kernel: '6.1.0-fake',
  bootId: '00000000-0000-4000-8000-000000000000',
  cpus: 2,
  cpuList: '0-1',
  memory: 4 * GiB,
  swap: 0,
  cgroup: 'v2',
  unenforceable: {},
  systemd: false,
  psi: true,
  lxcfs: '/var/lib/lxcfs',
  idmappedOverlay: true,
  sysResource: true,
};

const INVENTORY: HostInventory = {
  manufacturer: 'Fake',
  model: 'Box 1',
  cpu: 'Fake CPU',
  cores: 2,
  distro: 'Fake Linux 1',
  kernel: '6.1.0-fake',
  memory: 4 * GiB,
  filesystems: [{ mount: '/', type: 'ext4', size: 100 * GiB, used: 10 * GiB }],
};

export const NO_TOTALS: HostTotals = {
  pids: null,
  ioReadBytes: null,
  ioWriteBytes: null,
  ioReadOps: null,
  ioWriteOps: null,
  netRxBytes: null,
  netTxBytes: null,
  oomKills: null,
};

export interface FakeHost extends Host {
  /** Figures of the next samples. */
  setSample(figures: Partial<Omit<HostSample, 'at' | 'upMs'>>): void;
  setChecks(checks: readonly Check[]): void;
}

export const createHost = (facts: Partial<HostFacts> = {}): FakeHost => {
  const all = { ...HOST_FACTS, ...facts };
  let figures: Omit<HostSample, 'at' | 'upMs'> = {
    busyUsec: 0,
    idleUsec: 0,
    iowaitUsec: 0,
    stolenUsec: 0,
    memoryTotal: all.memory,
    memoryAvailable: all.memory / 2,
    swapUsed: 0,
    memoryFullUsec: 0,
    cpuSomeUsec: 0,
    memorySomeUsec: 0,
    ioSomeUsec: 0,
  };
  let checks: readonly Check[] = [{ id: 'root', status: 'pass', summary: 'the daemon runs as root', fix: '' }];
  return {
    facts: all,
    sample: (at) => ({ at, upMs: at, ...figures }),
    totals: () => NO_TOTALS,
    inventory: async () => INVENTORY,
    check: async () => checks,
    releaseMemory: () => undefined,
    setSample: (next) => {
      figures = { ...figures, ...next };
    },
    setChecks: (next) => {
      checks = next;
    },
  };
};
