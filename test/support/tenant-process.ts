// A tenant's first process as the host sees it: who it is, its namespaces, its ids.

import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessesView } from '../../src/api/scheduler-contract.ts';
import type { Box } from './daemon.ts';
import { until } from './poll.ts';

/** The process id init has on the host; the daemon learns it with the first tick. */
export const initPid = (box: Box, name: string): Promise<number> =>
  until(`the process id of ${name}`, async () => (await box.show(name)).pid ?? undefined);

/** Field 22 of /proc/PID/stat, clock ticks since boot: with the id it names one process for good (proc(5)). */
export const startTime = (pid: number): string => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

export const NAMESPACES = ['user', 'pid', 'mnt', 'net', 'uts', 'ipc', 'cgroup'] as const;

export const namespacesOf = (pid: number): string[] =>
  NAMESPACES.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));

export const idMap = (pid: number, kind: 'uid' | 'gid'): string =>
  readFileSync(`/proc/${pid}/${kind}_map`, 'utf8').trim().replace(/\s+/g, ' ');

/** Remembers who runs, and proves later that the very same process still does. */
export const watchProcess = async (box: Box, name: string): Promise<() => void> => {
  const pid = await initPid(box, name);
  const born = startTime(pid);
  return () => assert.equal(startTime(pid), born, `${name} is not the process it was`);
};

/**
 * Processes of a tenant whose command line (its words apart by blanks) fits, found from the host's side. Who enters beside
 * a busy loop in the lab may wait for many minutes: see docs/kernel-notes.md, "The lab".
 * @returns ids of the host
 */
export const findInside = async (box: Box, name: string, command: RegExp): Promise<number[]> => {
  const { processes } = await box.get<ProcessesView>(`/v1/tenants/${name}/processes`);
  const found: number[] = [];
  for (const { pid } of processes) {
    try {
      if (command.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))) found.push(pid);
    } catch {
      // it ended meanwhile
    }
  }
  return found;
};

/** Kills them, and waits until they are gone. */
export const killInside = async (box: Box, name: string, command: RegExp): Promise<void> => {
  const found = await findInside(box, name, command);
  assert.ok(found.length > 0, `nobody in ${name} is called ${command}`);
  for (const pid of found) process.kill(pid, 'SIGKILL');
  await until(`the end of ${command}`, async () => (await findInside(box, name, command)).length === 0);
};
