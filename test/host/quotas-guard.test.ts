// The memory guard on a real tenant: one that only waits for memory is walked to the end of its largest process group.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MiB } from '../../src/domain/units.ts';
import { isV2 } from '../support/limit-files.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox } from '../support/rules-box.ts';
import { installStress, stress } from '../support/stress.ts';
import { watchProcess } from '../support/tenant-process.ts';

const CONFIG = 'scheduler:\n  guard-stall: 3s\n  guard-step: 2s\n';
const MEMORY = 64 * MiB;
/** A little more than what the memory of the others leaves to page cache. */
const FILE_BYTES = 24_000_000;
/** The disk in these tests: what was evicted takes its time to come back. */
const SLOW_BPS = MiB;
/** With pressure figures: enough page cache is left to thrash. Without: memory is at its limit. */
const HELD = { psi: 40 * MiB, hits: 56 * MiB } as const;
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

/** v1 throttles a group's own reads, v2 those of all below it (blkio-controller.rst, cgroup-v2.rst). */
const slowDisk = async (name: string): Promise<void> => {
  if (isV2()) await box.set(name, { limits: { ioRead: SLOW_BPS } });
  else {
    const path = join('/sys/fs/cgroup/blkio', box.place(name).inner, 'blkio.throttle.read_bps_device');
    writeFileSync(path, `${readDevice(name)} ${SLOW_BPS}`);
  }
};

const guardActs = async (name: string) => (await box.acts(name)).filter(({ rule }) => rule === 'guard');
const figuresOf = async () => {
  const { usage, faults } = await box.show('alice');
  return { memory: Math.round((usage?.memory ?? 0) / MiB), waits: usage?.pressure?.memory ?? null, ...faults };
};

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox(CONFIG);
  await box.start();
  for (const name of ['alice', 'bob']) await box.add(name, { limits: { cpu: null, memory: MEMORY, disk: '256M' } });
  await installStress(box, 'alice');
  assert.equal((await box.sh('alice', `head -c ${FILE_BYTES} /dev/zero > /root/file`)).status, 0);
});
after(() => box?.close());

/** One process group that holds memory and reads a file that does not fit beside it, again and again. */
const stall = async (mode: 'enforce' | 'watch'): Promise<void> => {
  await box.set('alice', { rules: { guard: mode } });
  const psi = (await until('a sample', async () => (await box.show('alice')).usage ?? undefined)).pressure !== null;
  const hold = stress(`--vm 1 --vm-bytes ${psi ? HELD.psi : HELD.hits} --vm-keep --vm-hang 0`);
  await box.background('alice', `${hold} & while :; do cat /root/file > /dev/null; done`);
  await until('memory is full', async () => (await box.show('alice')).faults.memoryMaxHits > 0);
  if (psi) await slowDisk('alice');
};

test('a stall is walked through reclaim, notice and the end of the largest process group; init lives', async (t) => {
  if (!can(t)) return;
  const checks = [await watchProcess(box, 'alice'), await watchProcess(box, 'bob')];
  const { lastSeq } = await box.version();
  await stall('enforce');
  const event = await box.waitForEvent('guard-kill', 'alice', lastSeq, WALK_MS).catch(async (error: unknown) => {
    t.diagnostic(JSON.stringify([await figuresOf(), await guardActs('alice')]));
    throw error;
  });
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
  const end = Date.now() + 3500;
  await until('calm', () => Date.now() > end);
  assert.equal((await guardActs('alice')).length, 3, 'the walk is over');
  for (const check of checks) check();
  assert.deepEqual(await guardActs('bob'), []);
  assert.equal((await box.show('bob')).faults.oomKills, 0);
  assert.match(await box.status('alice'), /all its processes wait for memory/);
});

test('in mode watch the walk is told, and nobody is killed', async (t) => {
  if (!can(t)) return;
  const known = (await guardActs('alice')).length;
  await stall('watch');
  await until(
    'a kill that would have been',
    async () => (await guardActs('alice')).slice(known).some((act) => act.kind === 'kill'),
    WALK_MS,
  );
  const acts = (await guardActs('alice')).slice(known);
  assert.ok(acts.every(({ mode }) => mode === 'watch'));
  assert.equal((await box.exec('alice', 'pgrep', '-x', 'stress-ng')).status, 0, 'it lives');
  await box.act('alice', 'stop', { timeoutMs: 0 });
});
