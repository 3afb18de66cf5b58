// v1, hybrid and v2 keep the contract on folders that play the kernel.

import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPlace } from '../../../src/domain/instance.ts';
import { openCgroups } from '../../../src/linux/cgroup/open.ts';
import type { CgroupVersion } from '../../../src/ports/cgroups.ts';
import { type CgroupsBench, cgroupsContract } from '../../contract/cgroups.ts';
import { startSleep } from '../../support/sleeper.ts';
import { type FolderKernel, openFolderKernel } from './folder-kernel.ts';

const openBench = async (version: CgroupVersion): Promise<CgroupsBench & { kernel: FolderKernel }> => {
  const kernel = openFolderKernel(version);
  if (version === 'v1') rmSync(join(kernel.root, 'unified'), { recursive: true });
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version, systemd: false, device: '8:0', swap: 0, folders });
  const children: ChildProcess[] = [];
  const place = buildPlace({ name: 'tenantctl_folder', slots: { first: 0, count: 1 } }, 'alice', false);
  return {
    kernel,
    cgroups,
    place,
    makeGroups: () => {
      const groups = [place.root, place.monitor, place.payload, place.inner];
      const every = kernel.hierarchies.filter((folder) => version !== 'v1' || !folder.endsWith('/unified'));
      for (const group of groups) for (const folder of every) folders.make(join(folder, group));
    },
    spoil: ({ controller, node, file }, text) =>
      writeFileSync(join(root, version === 'v2' ? '' : controller, place[node], file), `${text}\n`),
    spawn: async (where) => {
      const { child, isAlive } = await startSleep();
      children.push(child);
      for (const folder of kernel.hierarchies) {
        const file = join(folder, place.inner, 'cgroup.procs');
        if (where === 'inside' && existsSync(file)) appendFileSync(file, `${child.pid}\n`);
      }
      return { pid: child.pid ?? 0, isAlive };
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      kernel.close();
    },
  };
};

/** Only v2 stops at memory.current by itself; on v1 it is the kernel that refuses. */
const withOccupy = async (): Promise<CgroupsBench> => {
  const bench = await openBench('v2');
  const payload = join(bench.kernel.root, bench.place.payload);
  return {
    ...bench,
    occupy: async (bytes) => {
      writeFileSync(join(payload, 'memory.current'), `${bytes}\n`);
      const stat = readFileSync(join(payload, 'memory.stat'), 'utf8');
      writeFileSync(join(payload, 'memory.stat'), stat.replace(/^inactive_file \d+$/m, 'inactive_file 0'));
    },
  };
};

cgroupsContract('cgroup v1 on a folder', { open: () => openBench('v1'), occupies: false });
cgroupsContract('cgroup hybrid on a folder', { open: () => openBench('hybrid'), occupies: false });
cgroupsContract('cgroup v2 on a folder', { open: withOccupy, freezes: false });
