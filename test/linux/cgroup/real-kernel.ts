// Groups of this machine's kernel in a house of the test's own, as LXC would make them, and processes inside.

import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildInstance, buildPlace } from '../../../src/domain/instance.ts';
import { detectHierarchies } from '../../../src/linux/cgroup/detect.ts';
import { openCgroups } from '../../../src/linux/cgroup/open.ts';
import { waitUntil } from '../../../src/linux/cgroup/wait.ts';
import type { CgroupsBench } from '../../contract/cgroups.ts';
import { startSleep } from '../../support/sleeper.ts';

export const ROOT = '/sys/fs/cgroup';
const HOG = 'const b = Buffer.alloc(Number(process.argv[1]), 1); console.log("ready"); setInterval(() => b[0]++, 1e6)';
const ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 99; shift; done; shift; exec "$@"';

export interface RealBench extends CgroupsBench {
  /** Every hierarchy's folder. */
  readonly hierarchies: readonly string[];
  /** Starts a program in the inner group, or in a group below it. */
  run(program: string, args: readonly string[], below?: string): ChildProcess;
  occupy(bytes: number): Promise<void>;
  /** Gives the inner groups to a user, as LXC does for the tenant's root. */
  delegate(id: number): void;
  /** A folder of the test's own on the disk that is counted. */
  readonly folder: string;
}

const swapBytes = (): number =>
  Number(/^SwapTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;

export const openRealBench = async (device: string | null = null): Promise<RealBench> => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-cgroup-'));
  const place = buildPlace(buildInstance(folder), 'alice', false);
  const { version, folders, unified } = detectHierarchies(ROOT);
  const hierarchies = [...new Set([...folders, ...(unified === undefined ? [] : [unified])])];
  const cgroups = openCgroups({ root: ROOT, systemd: false, device, swap: swapBytes() });
  const children: ChildProcess[] = [];

  const run = (program: string, args: readonly string[], below = ''): ChildProcess => {
    const procs = hierarchies
      .filter((path) => existsSync(join(path, place.inner, below)))
      .map((path) => join(path, place.inner, below, 'cgroup.procs'));
    const child = spawn('sh', ['-c', ENTER, 'sh', ...procs, '--', program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };
  const enable = (path: string): void => {
    if (version !== 'v2') return;
    const controllers = readFileSync(join(path, 'cgroup.controllers'), 'utf8').trim().split(' ');
    for (const name of controllers) writeFileSync(join(path, 'cgroup.subtree_control'), `+${name}`);
  };

  return {
    cgroups,
    place,
    hierarchies,
    run,
    folder,
    makeGroups: () => {
      for (const path of hierarchies)
        for (const group of [place.root, place.payload, place.inner, place.monitor]) {
          mkdirSync(join(path, group));
          if (group === place.root || group === place.payload) enable(join(path, group));
        }
    },
    spoil: ({ controller, node, file }, text) =>
      writeFileSync(join(ROOT, version === 'v2' ? '' : controller, place[node], file), text),
    spawn: async (where) => {
      const { child, isAlive } = await startSleep(where === 'inside' ? run : undefined);
      if (where === 'outside') children.push(child);
      else await expect('it is inside', () => cgroups.listPids(place).includes(child.pid ?? 0));
      return { pid: child.pid ?? 0, isAlive };
    },
    occupy: async (bytes) => {
      const hog = run(process.execPath, ['-e', HOG, String(bytes)]);
      await new Promise<void>((resolve, reject) => {
        hog.stdout?.once('data', () => resolve());
        hog.once('exit', (code, signal) => reject(new Error(`the hog ended: ${code ?? signal}`)));
      });
    },
    delegate: (id) => {
      for (const path of hierarchies)
        for (const name of ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control', 'tasks']) {
          const file = join(path, place.inner, name);
          if (existsSync(file)) chownSync(file, id, id);
        }
    },
    close: async () => {
      await cgroups.killAll(place);
      for (const child of children) child.kill('SIGKILL');
      await waitUntil(() => children.every((child) => child.exitCode !== null || child.signalCode !== null), 5000);
      await cgroups.remove(place);
      await cgroups.removeHouse(place.house);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Waits for something that must come. */
export const expect = async (what: string, isTrue: () => boolean, timeoutMs = 20_000): Promise<void> => {
  if (!(await waitUntil(isTrue, timeoutMs))) throw new Error(`did not happen within ${timeoutMs} ms: ${what}`);
};
