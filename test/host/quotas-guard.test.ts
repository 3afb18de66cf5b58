// The memory guard on a real tenant: one that only waits for memory is walked to the end of its largest process group.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MiB } from '../../src/domain/units.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox } from '../support/rules-box.ts';
import { installStress, stress } from '../support/stress.ts';
import { watchProcess } from '../support/tenant-process.ts';

const CONFIG = 'scheduler:\n  guard-stall: 3s\n  guard-step: 2s\n';
const MEMORY = 64 * MiB;
/** More than what the memory of the others leaves to page cache. */
const FILE_BYTES = 24_000_000;
/** Of the disk, where the stall is a wait for it: a megabyte on its way takes seconds. */
const SLOW_BPS = MiB / 4;
/** Blocks of a file larger than the tenant's memory. */
const BLOCKS = 1600;
const WALK_MS = 60_000;

const can = (t: { skip: (reason?: string) => void }): boolean =>
  requires(t, 'root', 'lxc', 'overlay', 'loop', 'stress-ng');
let box: RulesBox;

/** `7:1` of the loop device under a tenant. */
const readDevice = (name: string): string => {
  const image = join(box.state, 'tenants', name, 'disk.img');
  const { stdout } = spawnSync('losetup', ['--list', '--noheadings', '--output', 'MAJ:MIN,BACK-FILE'], {
    encoding: 'utf8',
  });
  const line = stdout.split('\n').find((text) => text.trim().endsWith(image));
  assert.ok(line, `a loop device of ${image} in ${stdout}`);
  return line.trim().split(/\s+/)[0] ?? '';
};

/**
 * Pages on their way to the disk. On v1 nobody holds a writer back before its memory is full of them; reclaim then waits
 * for the disk (vmscan.c, the third case of writeback), and what is written later belongs to no group but the root.
 * @returns what makes the disk fast again
 */
const slowDisk = (name: string): (() => void) => {
  const path = '/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device';
  const device = readDevice(name);
  writeFileSync(path, `${device} ${SLOW_BPS}`);
  return () => writeFileSync(path, `${device} 0`);
};

/** Two ways into a stall, as the kernel tells of it: by pressure, or by hits of the limit with memory at it. */
const WAITING = `${stress(`--vm 1 --vm-bytes ${40 * MiB} --vm-keep --vm-hang 0`)} & while :; do dd if=/dev/zero of=/root/file bs=64k count=${BLOCKS}; done`;
const HITTING = `${stress(`--vm 1 --vm-bytes ${56 * MiB} --vm-keep --vm-hang 0`)} & while :; do cat /root/file > /dev/null; done`;

const guardActs = async (name: string) => (await box.acts(name)).filter(({ rule }) => rule === 'guard');
const figuresOf = async () => {
  const { usage, faults } = await box.show('alice');
  return { memory: Math.round((usage?.memory ?? 0) / MiB), waits: usage?.pressure?.memory ?? null, ...faults };
};

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox(CONFIG);
  await box.start();
  for (const name of ['alice', 'bob']) await box.add(name, { limits: { cpu: null, memory: MEMORY, disk: '192M' } });
  await installStress(box, 'alice');
  assert.equal((await box.sh('alice', `head -c ${FILE_BYTES} /dev/zero > /root/file`)).status, 0);
});
after(() => box?.close());

/** One process group that holds memory and wants more, again and again. @returns what ends the slowness */
const stall = async (mode: 'enforce' | 'watch'): Promise<() => void> => {
  await box.set('alice', { rules: { guard: mode } });
  const { pressure } = await until('a sample', async () => (await box.show('alice')).usage ?? undefined);
  if (pressure === null) {
    await box.background('alice', HITTING);
    return () => undefined;
  }
  const end = slowDisk('alice');
  await box.background('alice', WAITING);
  return end;
};

test('a stall is walked through reclaim, notice and the end of the largest process group; init lives', async (t) => {
  if (!can(t)) return;
  const checks = [await watchProcess(box, 'alice'), await watchProcess(box, 'bob')];
  const { lastSeq } = await box.version();
  const end = await stall('enforce');
  const event = await box
    .waitForEvent('guard-kill', 'alice', lastSeq, WALK_MS)
    .catch(async (error: unknown) => {
      t.diagnostic(JSON.stringify([await figuresOf(), await guardActs('alice')]));
      throw error;
    })
    .finally(end);
  t.diagnostic(event.text);
  const acts = await guardActs('alice');
  t.diagnostic(acts.map(({ at, kind, figures }) => `${at} ${kind} ${JSON.stringify(figures)}`).join('\n'));
  assert.deepEqual(
    acts.map(({ kind }) => kind),
    ['reclaim', 'notice', 'kill'],
  );
  assert.ok(Number(event.data['killed']) >= 1);
  await until('the loop is gone', async () => (await box.exec('alice', 'pgrep', '-x', 'stress-ng')).status !== 0);
  // three more looks of the guard at a tenant that is well
  const calm = Date.now() + 3500;
  await until('calm', () => Date.now() > calm);
  assert.equal((await guardActs('alice')).length, 3, 'the walk is over');
  for (const check of checks) check();
  assert.deepEqual(await guardActs('bob'), []);
  assert.equal((await box.show('bob')).faults.oomKills, 0);
  assert.match(await box.status('alice'), /all its processes wait for memory/);
});

test('in mode watch the walk is told, and nobody is killed', async (t) => {
  if (!can(t)) return;
  const known = (await guardActs('alice')).length;
  const end = await stall('watch');
  const wouldKill = async () => (await guardActs('alice')).slice(known).some(({ kind }) => kind === 'kill');
  await until('a kill that would have been', wouldKill, WALK_MS).finally(end);
  const acts = (await guardActs('alice')).slice(known);
  assert.ok(acts.every(({ mode }) => mode === 'watch'));
  assert.equal((await box.exec('alice', 'pgrep', '-x', 'stress-ng')).status, 0, 'it lives');
  await box.act('alice', 'stop', { timeoutMs: 0 });
});
