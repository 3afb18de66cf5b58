// Takes an instance off the host by force, so that one failed test does not spoil the next.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../../src/domain/instance.ts';
import { detectHierarchies } from '../../src/linux/cgroup/detect.ts';
import { openHostSettings } from '../../src/linux/host-settings.ts';
import { openNetwork } from '../../src/linux/network/open.ts';
import { listHierarchies, listLinks, listMountsBelow, listProcesses } from './leftovers.ts';
import { until } from './poll.ts';

interface Swept {
  readonly base: string;
  readonly instance: Instance;
}

/** What an instance without tenants stands on: its empty house and its rules; removal is the uninstaller's job. */
export const removeGround = async ({ base, instance }: Swept): Promise<void> => {
  const network = await openNetwork({
    instance,
    log: { warn: () => undefined },
    settings: openHostSettings(join(base, 'run'), '/proc'),
  });
  await network.removeIsolation();
  for (const root of detectHierarchies('/sys/fs/cgroup').folders) removeEmpty(join(root, instance.name));
  removeEmpty(join('/sys/fs/cgroup/unified', instance.name));
  // bases in an image of their own stay mounted while the instance exists
  const bases = listMountsBelow(base).filter((target) => target.endsWith('/bases'));
  for (const target of bases) spawnSync('umount', ['--no-canonicalize', target]);
  await until('the image of the bases is free', () => !listMountsBelow(base).some((path) => bases.includes(path)));
};

const removeEmpty = (path: string): void => {
  if (!existsSync(path)) return;
  try {
    rmdirSync(path);
  } catch {
    // in use: the check for leftovers tells
  }
};

const pidsOf = (folder: string): number[] => {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  return [...own, ...below.flatMap((entry) => pidsOf(join(folder, entry.name)))];
};

const killAll = (pids: readonly number[]): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // already gone
    }
  }
};

const thaw = (house: string): void => {
  for (const name of existsSync(house) ? readdirSync(house) : []) {
    const file = join(house, name, 'payload/freezer.state');
    if (existsSync(file)) spawnSync('sh', ['-c', 'echo THAWED > "$1"', 'sh', file]);
  }
};

const removeTree = (folder: string): void => {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  removeEmpty(folder);
};

/** By force: processes, control groups, links, mounts; loop devices free themselves after their mounts. */
export const clearBox = async ({ base, instance }: Swept): Promise<void> => {
  const houses = listHierarchies().map((root) => join(root, instance.name));
  for (const house of houses) thaw(house);
  killAll([...houses.flatMap(pidsOf), ...listProcesses(base).map(({ pid }) => pid)]);
  await until('killed processes are gone', () => houses.flatMap(pidsOf).length === 0);
  for (const house of houses) removeTree(house);
  for (const link of listLinks(instance)) spawnSync('ip', ['link', 'del', 'dev', link]);
  for (const target of listMountsBelow(base).reverse()) spawnSync('umount', ['-l', '--no-canonicalize', target]);
};
