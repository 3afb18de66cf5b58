// Engines that run a tree directly, where they are installed: one whole run of `true`, without network.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, runCommand } from '../measure.ts';

const find = (program: string): string | undefined =>
  ['/usr/bin', '/usr/local/bin'].map((folder) => join(folder, program)).find((path) => existsSync(path));

/** @param tree a plain copy of the system the other engines run */
export const listOneShots = (tree: string, scratch: string): Contender[] => {
  const podman = find('podman');
  const nspawn = find('systemd-nspawn');
  const podmanArgs = ['--root', join(scratch, 'podman'), '--runroot', join(scratch, 'podman-run'), 'run', '--rm'];
  // its own wishes are above what a root without CAP_SYS_RESOURCE may raise to
  const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
  const nspawnArgs = ['--quiet', '--register=no', '--keep-unit', '--private-network', '--private-users=pick'];
  return [
    podman && {
      name: 'podman run true',
      act: () =>
        void runCommand({
          program: podman,
          args: [...podmanArgs, '--network', 'none', ...limits, '--rootfs', `${tree}:O`, 'true'],
        }),
    },
    nspawn && {
      name: 'systemd-nspawn true',
      act: () =>
        void runCommand({ program: nspawn, args: [...nspawnArgs, '--volatile=overlay', '-D', tree, '/bin/true'] }),
    },
  ].filter((contender) => contender !== undefined && contender !== '') as Contender[];
};
