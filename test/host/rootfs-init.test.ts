// The init of the minimal template, as process 1 of a pid namespace: starts, reaps, stops.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { MINIMAL_INIT } from '../../src/linux/rootfs/templates/minimal-init.ts';
import { buildTenant } from '../contract/rootfs.ts';
import { requires } from '../support/requires.ts';
import { openRealRootfs } from '../support/rootfs.ts';

const DEADLINE_MS = 10_000;

const until = async <T>(look: () => T | undefined, what: string): Promise<T> => {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    assert.ok(performance.now() < deadline, `waited too long for ${what}`);
    await setTimeout(20);
  }
};

const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

const nameOf = (pid: number): string => {
  try {
    const [, name = '', state = ''] = /\((.*)\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return `${name} ${state}`;
  } catch {
    return 'gone';
  }
};

interface Booted {
  readonly init: number;
  readonly root: string;
  readonly child: ChildProcess;
}

/** Init runs chrooted, with pid, mount and ipc namespaces of its own; the root is a tenant's, mounted as always. */
const withInit = async (t: TestContext, script: string, body: (booted: Booted) => Promise<void>): Promise<void> => {
  if (!requires(t, 'root', 'overlay', 'loop')) return;
  const { rootfs, slot, close } = await openRealRootfs();
  try {
    const options = { progress: () => undefined, signal: new AbortController().signal };
    const tenant = buildTenant('alice', slot, await rootfs.ensureBase('minimal', options));
    await rootfs.createDisk(tenant);
    const root = await rootfs.mount(tenant);
    writeFileSync(`${root}/etc/tenant.d/test`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const args = ['--pid', '--mount', '--ipc', '--net', '--fork', '--kill-child', `--mount-proc=${root}/proc`];
    const child = spawn('unshare', [...args, 'chroot', root, '/sbin/init'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const init = await until(() => childrenOf(child.pid ?? 0)[0], 'init');
      await body({ init, root, child });
    } finally {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rootfs.unmount(tenant);
    }
  } finally {
    await close();
  }
};

test('init starts what lies in /etc/tenant.d and reaps what is handed to it', async (t) => {
  const orphan = '(sleep 0.2; touch /root/orphan-done) &\ntouch /root/started\nexit 0';
  await withInit(t, orphan, async ({ init, root }) => {
    const has = (name: string) => (readdirSync(`${root}/root`).includes(name) ? true : undefined);
    await until(() => has('started'), 'the script');
    await until(() => has('orphan-done'), 'the orphan');
    await until(() => (childrenOf(init).every((pid) => nameOf(pid) === 'sleep S') ? true : undefined), 'reaping');
    assert.equal(childrenOf(init).length, 1);
  });
});

for (const signal of ['SIGPWR', 'SIGTERM', 37] as const) {
  test(`init stops everything on ${signal}, also what ignores the request`, async (t) => {
    const stubborn = `trap '' TERM HUP\ntouch /root/started\nwhile :; do sleep 1000; done`;
    await withInit(t, stubborn, async ({ init, root, child }) => {
      await until(() => (readdirSync(`${root}/root`).includes('started') ? true : undefined), 'the script');
      process.kill(init, signal);
      const [code] = await Promise.race([
        once(child, 'exit'),
        setTimeout(DEADLINE_MS, ['init did not end'], { ref: false }),
      ]);
      assert.equal(code, 0);
    });
  });
}

/** Where in its loop the signal comes, as an edit of the script: the moments that are too short to be met by chance. */
const MOMENTS = [
  ['while [ -z "$stopping" ]; do', 'while [ -z "$stopping" ]; do kill -s PWR 1'],
  ['  sleep 2147483647 &', '  sleep 2147483647 & kill -s PWR 1'],
  ['  idle=$!', '  idle=$!; kill -s PWR 1'],
  ['|| wait $idle', '|| { kill -s PWR 1; wait $idle; }'],
] as const;

for (const [line, edited] of MOMENTS)
  test(`a stop that comes at "${edited.trim()}" is heard`, (t) => {
    if (!requires(t, 'root')) return;
    assert.ok(MINIMAL_INIT.includes(line), line);
    const script = MINIMAL_INIT.replace(line, () => edited);
    const args = ['--pid', '--mount', '--net', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script];
    const { status, stdout } = spawnSync('unshare', args, {
      encoding: 'utf8',
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    assert.deepEqual([status, stdout], [0, 'init: stopping\n']);
  });
