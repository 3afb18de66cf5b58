// Limits changed while a tenant runs: in force at once, measured, refused where they cannot be, repaired when they drift.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { after, before, test } from 'node:test';
import type { HistoryView } from '../../src/api/contract.ts';
import { Problem, type ProblemCode } from '../../src/domain/errors.ts';
import { MiB } from '../../src/domain/units.ts';
import { Box, SMALL } from '../support/daemon.ts';
import { listRules } from '../support/leftovers.ts';
import { isV2, readCpuUsec, readLimit, writeLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { hasSysResource, requires } from '../support/requires.ts';
import { findInside, initPid, killInside, watchProcess } from '../support/tenant-process.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;
let payload: string;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice', { limits: { ...SMALL, cpu: '0.5', memory: '128M', disk: '128M' } });
  payload = box.place('alice').payload;
});
after(() => box?.close());

/** @returns the problem a promise is refused with */
const refusal = async (code: ProblemCode, work: Promise<unknown>): Promise<Problem> => {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`not refused with ${code}`);
};

const readPoints = async (): Promise<HistoryView['points']> =>
  (await box.get<HistoryView>('/v1/tenants/alice/history')).points;

test('a new CPU limit is in force with the reply, in the same process, and holds a busy loop', async (t) => {
  if (!can(t)) return;
  const check = await watchProcess(box, 'alice');
  await box.background('alice', 'while :; do :; done');
  await box.set('alice', { limits: { cpu: '0.2' } });
  assert.equal(readLimit(payload, 'cpu'), 200);
  check();
  // the bucket of the former quota runs empty first
  const start = (await readPoints()).length + 2;
  await until('the loop runs under the new limit', async () => (await readPoints()).length >= start);
  const [usec, at] = [readCpuUsec(payload), performance.now()];
  await until('six samples', async () => (await readPoints()).length >= start + 6);
  const kernel = (readCpuUsec(payload) - usec) / (performance.now() - at);
  const points = (await readPoints()).slice(start, start + 6);
  const mean = points.reduce((sum, { usage }) => sum + usage.cpu, 0) / points.length;
  t.diagnostic(`limit 200, by the kernel ${kernel.toFixed(0)}, by the daemon ${mean.toFixed(0)} thousandths of a core`);
  assert.ok(kernel < 240 && mean < 240, 'the limit holds');
  assert.ok(mean > kernel * 0.7 && mean < kernel * 1.3, 'daemon and kernel agree');
  assert.ok(points.some(({ usage }) => usage.throttledShare > 0.5));
  const event = (await box.events()).find(({ type }) => type === 'limits-changed');
  assert.match(event?.text ?? '', /cpu 0\.5 -> 0\.2/);
  await killInside(box, 'alice', /while :/);
  check();
});

test('a new number of processes is in force with the reply', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { limits: { pids: 40 } });
  assert.equal(readLimit(payload, 'pids'), 40);
  await box.set('alice', { limits: { pids: 64, cpuWeight: 300 } });
  assert.equal(readLimit(payload, 'pids'), 64);
  assert.equal(readLimit(payload, 'cpuWeight'), isV2() ? 300 : 3072);
  await box.set('alice', { limits: { cpu: null } });
  assert.equal(readLimit(payload, 'cpu'), null);
  await box.set('alice', { limits: { cpu: '0.5' } });
});

test('memory below the page cache in use is reclaimed, and nobody is killed', async (t) => {
  if (!can(t)) return;
  const check = await watchProcess(box, 'alice');
  await box.sh('alice', 'head -c 80000000 /dev/zero > /root/cache; cat /root/cache > /dev/null');
  await until('the cache is seen', async () => ((await box.show('alice')).usage?.memoryCache ?? 0) > 60 * MiB);
  await box.set('alice', { limits: { memory: '48M' } });
  await untilEqual(() => readLimit(payload, 'memory'), 48 * MiB, 'the limit in the kernel');
  assert.equal((await box.show('alice')).faults.oomKills, 0);
  check();
  await box.sh('alice', 'rm /root/cache');
});

test('memory below what processes hold is walked down to, and nobody is killed meanwhile', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { limits: { memory: '128M' } });
  assert.equal(readLimit(payload, 'memory'), 128 * MiB);
  const check = await watchProcess(box, 'alice');
  const since = (await box.version()).lastSeq;
  // tail keeps what has no end of line yet
  await box.background('alice', '(head -c 60000000 /dev/zero; sleep 1000) | tail');
  // all of it: what still grows would run into the limit on its way down
  await until('it holds 60 MB', async () => ((await box.show('alice')).usage?.memory ?? 0) > 57 * MiB);
  await box.set('alice', { limits: { memory: '32M' } });
  const event = await box.waitForEvent('memory-descent', 'alice', since);
  assert.equal(event.data['target'], 32 * MiB);
  const points = (await readPoints()).length;
  await until('three more ticks', async () => (await readPoints()).length >= points + 3);
  assert.match((await box.show('alice')).reason, /lowered/);
  const inForce = readLimit(payload, 'memory') ?? Number.POSITIVE_INFINITY;
  t.diagnostic(`asked for 32 MiB, in force meanwhile ${(inForce / MiB).toFixed(0)} MiB of 128`);
  assert.ok(inForce < 100 * MiB && inForce > 50 * MiB);
  assert.equal((await findInside(box, 'alice', /^tail/)).length, 1, 'tail lives');
  await killInside(box, 'alice', /^tail/);
  await untilEqual(() => readLimit(payload, 'memory'), 32 * MiB, 'the limit in the kernel');
  await untilEqual(async () => (await box.show('alice')).reason, '', 'no reason left');
  assert.equal((await box.show('alice')).faults.oomKills, 0);
  check();
  await box.exec('alice', 'pkill', '-KILL', 'sleep');
  await box.set('alice', { limits: { memory: '64M' } });
});

const diskSize = async (): Promise<number> =>
  Number((await box.exec('alice', 'df', '-B1', '--output=size', '/')).stdout.split('\n')[1]);

test('a disk grows live where the kernel lets it, otherwise only with a restart that was allowed', async (t) => {
  if (!can(t)) return;
  const pid = await initPid(box, 'alice');
  if (hasSysResource()) {
    await box.set('alice', { limits: { disk: '160M' } });
    assert.equal(await initPid(box, 'alice'), pid);
  } else {
    const { message, hint } = await refusal('RESTART_NEEDED', box.set('alice', { limits: { disk: '160M' } }));
    assert.match(message, /CAP_SYS_RESOURCE/);
    assert.match(hint, /--disk 160M --restart/);
    assert.equal((await box.show('alice')).limits.disk, 128 * MiB);
    assert.equal(await initPid(box, 'alice'), pid);
    const view = await box.set('alice', { limits: { disk: '160M' }, allowRestart: true });
    assert.equal(view.state, 'running');
    assert.notEqual(await initPid(box, 'alice'), pid);
  }
  const size = await diskSize();
  assert.ok(size > 140 * MiB && size <= 160 * MiB, `${size}`);
});

test('a disk does not shrink below its use: refused with the least size, and the tenant runs as before', async (t) => {
  if (!can(t)) return;
  await box.sh('alice', 'head -c 90000000 /dev/urandom > /root/full; sync');
  const sum = (await box.exec('alice', 'sha256sum', '/root/full')).stdout;
  const before = await diskSize();
  const { startedAt } = await box.show('alice');
  const change = { limits: { disk: '64M' }, allowRestart: true };
  const { data, hint } = await refusal('SHRINK_REFUSED', box.set('alice', change));
  assert.match(String(data['least']), /^\d+(\.\d+)?M$/);
  assert.ok(Number.parseFloat(String(data['least'])) > 86);
  assert.match(hint, /--disk \S+ --restart/);
  const view = await box.show('alice');
  assert.deepEqual([view.state, view.limits.disk], ['running', 160 * MiB]);
  assert.equal(view.startedAt, startedAt, 'it was not stopped for that');
  assert.equal(await diskSize(), before);
  assert.equal((await box.exec('alice', 'sha256sum', '/root/full')).stdout, sum);
  await box.sh('alice', 'rm /root/full; echo kept > /root/kept');
  await refusal('RESTART_NEEDED', box.set('alice', { limits: { disk: '64M' } }));
  await box.set('alice', change);
  const after = await diskSize();
  assert.ok(after > 40 * MiB && after <= 64 * MiB, `${after}`);
  assert.equal((await box.exec('alice', 'cat', '/root/kept')).stdout, 'kept\n');
  assert.equal((await box.show('alice')).state, 'running');
});

test('a limit this kernel cannot enforce is refused, or accepted as a wish and shown as one', async (t) => {
  if (!can(t)) return;
  const limits = { ioWrite: '10M' };
  if (isV2()) {
    assert.deepEqual((await box.set('alice', { limits })).unenforced, []);
    return;
  }
  const { message } = await refusal('NOT_ENFORCEABLE', box.set('alice', { limits }));
  assert.match(message, /io-write/);
  assert.equal((await box.show('alice')).limits.ioWrite, null);
  const view = await box.set('alice', { limits, bestEffort: true });
  assert.deepEqual(
    view.unenforced.map(({ limit }) => limit),
    ['ioWrite'],
  );
  await refusal('NOT_ENFORCEABLE', box.add('carol', { limits: { ...SMALL, ioRead: '10M' } }));
  assert.deepEqual(
    (await box.list()).map(({ name }) => name),
    ['alice'],
  );
});

test('what somebody else writes to the kernel is written back within two ticks, and told', async (t) => {
  if (!can(t)) return;
  for (const [limit, wrong] of [
    ['pids', 33],
    ['cpu', 900],
    ['memory', 40 * MiB],
    ['cpuWeight', 50],
  ] as const) {
    const right = readLimit(payload, limit);
    const since = (await box.version()).lastSeq;
    const ticks = (await readPoints()).length;
    writeLimit(payload, limit, wrong);
    const event = await box.waitForEvent('drift-repaired', 'alice', since);
    const passed = (await readPoints()).length - ticks;
    assert.equal(readLimit(payload, limit), right, limit);
    assert.ok(passed <= 3, `${limit}: ${passed} samples until the repair was seen`);
    assert.equal(event.data['limit'], limit);
    assert.match(event.text, /written back/);
  }
});

test('isolation rules that are flushed come back, and it is told', async (t) => {
  if (!can(t)) return;
  const rules = listRules(box.instance);
  assert.ok(rules.length > 0);
  const since = (await box.version()).lastSeq;
  for (const rule of rules) {
    const words = rule.startsWith('table') ? ['nft', 'delete', ...rule.split(' ')] : undefined;
    const [program = 'ip', ...args] = words ?? ['ip', rule.split(' ')[1] ?? '', 'rule', 'del', 'pref', prefOf(rule)];
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
  await box.waitForEvent('rules-repaired', null, since);
  assert.deepEqual(listRules(box.instance).map(prefOf), rules.map(prefOf));
});

/** `ip -4 rule 9600:\tfrom all …` -> `9600`; a table stays as it is. */
const prefOf = (rule: string): string => /rule (\d+):/.exec(rule)?.[1] ?? rule;

test('the house has its ceiling in the kernel, by the configuration', async (t) => {
  if (!can(t)) return;
  const { house } = box.place('alice');
  const count = cpus().length;
  const look = async () => [readLimit(house, 'cpu'), readLimit(house, 'memory')];
  const { host } = await box.top();
  assert.deepEqual(await look(), [Math.floor(count * 950), host.memoryTotal - 256 * MiB]);
  assert.deepEqual(host.house, { cpu: Math.floor(count * 950), memory: host.memoryTotal - 256 * MiB });
  const check = await watchProcess(box, 'alice');
  writeFileSync(box.config, 'house:\n  reserve-cpu: 10%\n  reserve-memory: 512M\n');
  await box.restart();
  assert.deepEqual(await look(), [count * 900, host.memoryTotal - 512 * MiB]);
  check();
});

test('promises beyond the house need --overcommit; what the host does not have is refused anyway', async (t) => {
  if (!can(t)) return;
  const { host } = await box.top();
  const most = `${Math.floor(host.house.memory / MiB)}M`;
  const add = (limits: object, overcommit: boolean) => box.add('carol', { start: false, overcommit, limits });
  const { message } = await refusal('OVERCOMMIT', add({ cpu: '0.1', memory: most }, false));
  assert.match(message, /memory/);
  await refusal('HOST_TOO_SMALL', add({ cpu: String(cpus().length + 1) }, true));
  await refusal('HOST_TOO_SMALL', add({ memory: `${Math.floor(host.memoryTotal / MiB) + 1}M` }, true));
  assert.equal((await add({ cpu: '0.1', memory: most }, true)).state, 'stopped');
  await box.remove('carol');
});
