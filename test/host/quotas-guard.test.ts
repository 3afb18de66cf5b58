// The memory guard on a real tenant: one that only waits for memory is walked to the end of its largest process group.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MiB } from '../../src/domain/units.ts';
import { execScript } from '../support/launcher.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox } from '../support/rules-box.ts';
import { installStress, stress } from '../support/stress.ts';
import { watchProcess } from '../support/tenant-process.ts';
import { buildToucher } from '../support/tiny-program.ts';

const CONFIG = 'scheduler:\n  guard-stall: 3s\n  guard-step: 2s\n';
const MEMORY = 64 * MiB;
/** Memory that cannot go, as there is no swap; what is left is far less than the file that is touched. */
const HELD_BYTES = 52 * MiB;
const FILE_BYTES = 40 * MiB;
/** Each waits most of its time for a page that another one's page made go: 900 of 1000 ms, measured with PSI. */
const TOUCHERS = 12;
/**
 * In user-mode-linux each fault is time in user mode, and the disk is the host's memory: there tenants with so quick a disk
 * and so slow a processor get on, if slowly.
 */
const SLOW_DISK = process.env['TENANTCTL_TEST_ENV'] === 'lab' ? { ioRead: '1M' } : {};
const WALK_MS = 120_000;

const can = (t: { skip: (reason?: string) => void }): boolean => {
  if (process.arch === 'x64') return requires(t, 'root', 'lxc', 'overlay', 'loop', 'stress-ng');
  t.skip('the program that touches memory is made of x86-64 bytes');
  return false;
};
let box: RulesBox;

/** The livelock of a tenant that has no swap: all in one process group, of which the guard ends the whole. */
const THRASH = [
  `${stress(`--vm 1 --vm-bytes ${HELD_BYTES} --vm-keep --vm-hang 0`)} &`,
  // on a slow machine the mappings would take the time that it needs to fill its memory
  `until [ "$(ps -eo rss= | sort -n | tail -n 1)" -gt ${HELD_BYTES / 1024 - 2048} ]; do sleep 0.2; done;`,
  `for i in $(seq ${TOUCHERS}); do /root/toucher < /root/file & done; wait`,
].join(' ');

const guardActs = async (name: string) => (await box.acts(name)).filter(({ rule }) => rule === 'guard');

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox(CONFIG);
  await box.start();
  for (const name of ['alice', 'bob'])
    await box.add(name, { limits: { cpu: null, memory: MEMORY, disk: '192M', ...SLOW_DISK } });
  await installStress(box, 'alice');
  const keep = `cat > /root/toucher && chmod 755 /root/toucher && head -c ${FILE_BYTES} /dev/zero > /root/file && sync`;
  const { status, stderr } = await execScript(box, 'alice', keep, { input: buildToucher(FILE_BYTES) });
  assert.equal(status, 0, stderr);
});
after(() => box?.close());

test('a stall is walked through reclaim, notice and the end of the largest process group; init lives', async (t) => {
  if (!can(t)) return;
  const checks = [await watchProcess(box, 'alice'), await watchProcess(box, 'bob')];
  const { lastSeq } = await box.version();
  const oomKills = (await box.show('alice')).faults.oomKills;
  await box.background('alice', THRASH);
  const event = await box.waitForEvent('guard-kill', 'alice', lastSeq, WALK_MS);
  t.diagnostic(event.text);
  const acts = await guardActs('alice');
  for (const { at, kind, figures } of acts) t.diagnostic(`${at} ${kind} ${JSON.stringify(figures)}`);
  // while it is still filling its memory a loaded machine lets it breathe: then the walk ends, and another begins
  const walks = acts.map(({ kind }) => kind).join(' ');
  assert.match(walks, /^(reclaim (notice )?)*reclaim notice kill$/);
  assert.ok(Number(event.data['killed']) > TOUCHERS, 'the whole group');
  assert.equal((await box.exec('alice', 'pgrep', 'stress-ng|toucher')).status, 1, 'they are gone');
  await sleep(3500); // three more looks of the guard at a tenant that is well
  assert.equal((await guardActs('alice')).length, acts.length, 'the walk is over');
  for (const check of checks) check();
  assert.equal((await box.show('alice')).faults.oomKills, oomKills, 'the guard, not the kernel');
  assert.deepEqual(await guardActs('bob'), []);
  assert.equal((await box.show('bob')).faults.oomKills, 0);
  assert.match(await box.status('alice'), /all its processes wait for memory/);
});

test('in mode watch the walk is told, and nobody is killed', async (t) => {
  if (!can(t)) return;
  const known = (await guardActs('alice')).length;
  await box.set('alice', { rules: { guard: 'watch' } });
  await box.background('alice', THRASH);
  const wouldKill = async () => (await guardActs('alice')).slice(known).some(({ kind }) => kind === 'kill');
  await until('a kill that would have been', wouldKill, WALK_MS);
  const acts = (await guardActs('alice')).slice(known);
  assert.ok(acts.every(({ mode }) => mode === 'watch'));
  assert.ok(((await box.show('alice')).usage?.pids ?? 0) > TOUCHERS, 'all live');
  await box.act('alice', 'stop', { timeoutMs: 0 });
});
