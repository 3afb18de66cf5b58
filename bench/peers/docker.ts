// Docker: an engine of our own, started by hand in folders of its own, without network, ended by its process id.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listHierarchies, listMountsBelow } from '../../test/support/leftovers.ts';
import { runCommand } from '../measure.ts';

export interface DockerPeer {
  /** `docker run -d` of a local image with limits like ours. */
  run(name: string): void;
  remove(name: string): void;
  /** In the container `target`. */
  exec(target: string): void;
  close(): Promise<void>;
}

const READY_MS = 60_000;
const IMAGE = 'tenantctl-bench';
const PARENT = `tenantctl-bench-${process.pid}`;

const hasProgram = (name: string): boolean =>
  ['/usr/sbin', '/usr/bin', '/usr/local/bin'].some((folder) => existsSync(join(folder, name)));

/** @returns undefined where Docker is not installed */
export const openDockerPeer = async (root: string): Promise<DockerPeer | undefined> => {
  if (!hasProgram('dockerd') || !hasProgram('docker')) return undefined;
  const base = mkdtempSync('/var/tmp/tb-docker-');
  const host = `unix://${base}/sock`;
  const docker = (...args: string[]): string => runCommand({ program: 'docker', args: ['-H', host, ...args] });
  const engine = spawn(
    'dockerd',
    [
      ['--data-root', join(base, 'data')],
      ['--exec-root', join(base, 'exec')],
      ['--pidfile', join(base, 'pid')],
      ['-H', host],
      ['--cgroup-parent', PARENT],
      // nothing of the host's network is touched
      ['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
      // root without CAP_SYS_RESOURCE cannot raise a limit to Docker's default
      ['--default-ulimit', 'nofile=1024:1024'],
    ].flat(),
    { stdio: 'ignore' },
  );
  const close = (): Promise<void> => closeEngine(engine, base);
  try {
    await waitReady(docker);
    const args = ['-c', 'tar -C "$1" --owner=0 --group=0 --one-file-system -c . | docker -H "$2" import - "$3"'];
    runCommand({ program: 'sh', args: [...args, 'sh', root, host, IMAGE] });
  } catch (error) {
    await close();
    throw error;
  }
  const limits = ['--network', 'none', '--memory', '128m', '--cpus', '0.5', '--pids-limit', '128'];
  return {
    run: (name) => void docker('run', '-d', '--name', name, ...limits, IMAGE, 'sleep', '1000000'),
    remove: (name) => void docker('rm', '-f', name),
    exec: (target) => void docker('exec', target, 'true'),
    close,
  };
};

const waitReady = async (docker: (...args: string[]) => string): Promise<void> => {
  const end = performance.now() + READY_MS;
  for (;;) {
    try {
      docker('version');
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(100);
  }
};

const closeEngine = async (engine: ChildProcess, base: string): Promise<void> => {
  if (engine.exitCode === null && engine.signalCode === null)
    await new Promise<void>((done) => {
      engine.once('exit', () => done());
      engine.kill('SIGTERM');
    });
  for (const target of listMountsBelow(base).reverse()) runCommand({ program: 'umount', args: ['-l', target] });
  for (const root of listHierarchies()) removeGroups(join(root, PARENT));
  rmSync(base, { recursive: true, force: true });
};

const removeGroups = (folder: string): void => {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroups(join(folder, entry.name));
  rmdirSync(folder);
};
