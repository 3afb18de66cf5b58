// Two tenants through a real daemon: created, apart from each other, stopped, started, frozen, removed, restored.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import {
  addResultSchema,
  checkSchema,
  historySchema,
  tenantViewSchema,
  topSchema,
  trashViewSchema,
  versionSchema,
} from '../../src/api/contract.ts';
import { Problem, type ProblemCode } from '../../src/domain/errors.ts';
import { DEFAULT_LIMITS } from '../../src/domain/limits.ts';
import { MiB } from '../../src/domain/units.ts';
import { Box } from '../support/daemon.ts';
import { readLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { hasSysResource, requires } from '../support/requires.ts';
import { idMap, initPid, NAMESPACES, namespacesOf, startTime } from '../support/tenant-process.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
});
after(() => box?.close());

const reply = (schema: z.ZodObject): z.ZodObject => schema.extend({ apiVersion: z.literal(1) });

const refused = (code: ProblemCode) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

test('add creates a tenant that runs with the limits asked for, in the kernel as well', async (t) => {
  if (!can(t)) return;
  const limits = { cpu: '0.5', cpuWeight: 200, memory: '64M', disk: '64M', pids: 70 };
  const { created, ...view } = addResultSchema.parse(
    await box.work('POST', '/v1/tenants', { name: 'alice', limits, overcommit: true }),
  );
  assert.equal(created, true);
  assert.equal(view.state, 'running');
  assert.deepEqual(view.limits, {
    ...DEFAULT_LIMITS,
    cpu: 500,
    cpuWeight: 200,
    memory: 64 * MiB,
    disk: 64 * MiB,
    pids: 70,
  });
  const { payload } = box.place('alice');
  assert.equal(readLimit(payload, 'cpu'), 500);
  assert.equal(readLimit(payload, 'memory'), 64 * MiB);
  assert.equal(readLimit(payload, 'pids'), 70);
});

test('the oom killer spares the monitor, not the tenant', async (t) => {
  if (!can(t)) return;
  const score = (pid: number) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));
  const init = await initPid(box, 'alice');
  const [, monitor] = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${init}/status`, 'utf8')) ?? [];
  assert.deepEqual([score(Number(monitor)), score(init)], [hasSysResource() ? -1000 : score(process.pid), 0]);
});

test('the same add again changes nothing; with other limits it is refused', async (t) => {
  if (!can(t)) return;
  const pid = await initPid(box, 'alice');
  const limits = { cpu: '0.5', cpuWeight: 200, memory: '64M', disk: '64M', pids: 70 };
  await box.work('POST', '/v1/tenants', { name: 'alice', limits, overcommit: true });
  assert.equal(await initPid(box, 'alice'), pid);
  await assert.rejects(box.add('alice', { limits: { memory: '96M' } }), refused('TENANT_EXISTS'));
  await assert.rejects(box.add('../x'), refused('NAME_INVALID'));
  await assert.rejects(box.add('carol', { limits: { memory: '1' } }), refused('SIZE_RANGE'));
  await assert.rejects(box.add('carol', { template: 'nosuch' }), refused('TEMPLATE_MISSING'));
  assert.deepEqual(
    (await box.list()).map(({ name }) => name),
    ['alice'],
  );
});

test('two tenants share no namespace with each other or the host, and have their own ids and address', async (t) => {
  if (!can(t)) return;
  await box.add('bob');
  const views = await Promise.all(['alice', 'bob'].map((name) => box.show(name)));
  const pids = await Promise.all(['alice', 'bob'].map((name) => initPid(box, name)));
  const all = [process.pid, ...pids].flatMap(namespacesOf);
  assert.equal(new Set(all).size, 3 * NAMESPACES.length, all.join(' '));
  for (const [index, pid] of pids.entries()) {
    const view = views[index];
    assert.ok(view);
    assert.equal(idMap(pid, 'uid'), `0 ${view.firstId} ${view.idCount}`);
    assert.equal(idMap(pid, 'gid'), `0 ${view.firstId} ${view.idCount}`);
    const { stdout } = await box.exec(view.name, 'ip', '-o', 'address', 'show', 'dev', 'eth0');
    assert.match(stdout, new RegExp(`inet ${view.address4.replaceAll('.', '\\.')}/32 `));
    assert.match(stdout, new RegExp(`inet6 ${view.address6}/128 `));
  }
  assert.notEqual(views[0]?.firstId, views[1]?.firstId);
});

test('a command in a tenant sees its own name, files and processes, and its status comes back', async (t) => {
  if (!can(t)) return;
  assert.equal((await box.exec('alice', 'hostname')).stdout, 'alice\n');
  assert.equal((await box.exec('alice', 'cat', '/etc/hostname')).stdout, 'alice\n');
  assert.equal((await box.sh('alice', 'exit 7')).status, 7);
  assert.equal((await box.sh('alice', 'echo hello > /root/mark')).status, 0);
  assert.notEqual((await box.sh('bob', 'cat /root/mark')).status, 0);
  const { stdout } = await box.exec('alice', 'ps', '-A', '-o', 'args=');
  assert.match(stdout, /init/);
  assert.doesNotMatch(stdout, /run-daemon|lxc-start/);
  const df = await box.exec('alice', 'df', '-B1', '--output=size', '/');
  const size = Number(df.stdout.split('\n')[1]);
  assert.ok(size > 40 * MiB && size <= 64 * MiB, `df says ${size}`);
});

test('every reply of the API fits the contract', async (t) => {
  if (!can(t)) return;
  reply(versionSchema).parse(await box.get('/v1/version'));
  reply(z.strictObject({ tenants: z.array(tenantViewSchema) })).parse(await box.get('/v1/tenants'));
  reply(z.strictObject({ tenant: tenantViewSchema })).parse(await box.get('/v1/tenants/alice'));
  await until('samples', async () => (await box.list()).every(({ usage }) => usage !== null));
  const top = topSchema.extend({ apiVersion: z.literal(1) }).parse(await box.get('/v1/top'));
  assert.deepEqual(
    top.tenants.map(({ name }) => name),
    ['alice', 'bob'],
  );
  const alice = top.tenants[0];
  assert.ok((alice?.usage?.memory ?? 0) > 0 && (alice?.usage?.pids ?? 0) >= 1);
  assert.equal(alice?.usage?.disk?.size, top.tenants[1]?.usage?.disk?.size);
  const history = reply(historySchema).parse(await box.get('/v1/tenants/alice/history'));
  assert.ok((history['points'] as unknown[]).length > 0);
  reply(z.strictObject({ trash: z.array(trashViewSchema) })).parse(await box.get('/v1/trash'));
  const doctor = await box.get<{ checks: unknown[] }>('/v1/doctor');
  z.array(checkSchema).min(1).parse(doctor.checks);
  await assert.rejects(
    box.show('alcie'),
    (error) => refused('TENANT_MISSING')(error) && /alice/.test(String((error as Problem).hint)),
  );
  await assert.rejects(box.get('/v1/nothing'), refused('REQUEST_INVALID'));
});

test('stop ends it, start brings it back with its files, restart gives a new first process', async (t) => {
  if (!can(t)) return;
  const first = await initPid(box, 'alice');
  assert.equal((await box.act('alice', 'stop')).state, 'stopped');
  assert.throws(() => process.kill(first, 0));
  assert.equal((await box.act('alice', 'stop')).state, 'stopped');
  assert.equal((await box.act('alice', 'start')).state, 'running');
  assert.equal((await box.exec('alice', 'cat', '/root/mark')).stdout, 'hello\n');
  const second = await initPid(box, 'alice');
  assert.equal((await box.act('alice', 'start')).state, 'running');
  assert.equal(await initPid(box, 'alice'), second);
  assert.equal((await box.act('alice', 'restart')).state, 'running');
  assert.notEqual(await initPid(box, 'alice'), second);
  const events = (await box.events())
    .filter(({ tenant, type }) => tenant === 'alice' && type.startsWith('tenant-'))
    .map(({ type }) => type);
  assert.deepEqual(events, ['tenant-added', 'tenant-stopped', 'tenant-started', 'tenant-restarted']);
});

test('what it said on its console before a restart can still be read, apart from what it says now', async (t) => {
  if (!can(t)) return;
  const logOf = (query: string) => box.get<{ text: string; before: boolean }>(`/v1/tenants/alice/log?${query}`);
  await box.sh('alice', 'echo last words > /dev/console');
  await until('the console has it', async () => (await logOf('')).text.includes('last words'));
  await box.act('alice', 'restart');
  const now = await logOf('bytes=1000');
  assert.doesNotMatch(now.text, /last words/);
  assert.equal(now.before, true);
  assert.match((await logOf('before=1')).text, /last words/);
});

test('a frozen tenant stands still and goes on where it was', async (t) => {
  if (!can(t)) return;
  const count = async (): Promise<number> => Number((await box.exec('alice', 'cat', '/run/count')).stdout);
  await box.background(
    'alice',
    'i=0; while :; do i=$((i+1)); echo $i > /run/count.new; mv /run/count.new /run/count; sleep 0.01; done',
  );
  await until('it counts', async () => (await count()) > 3);
  const pid = await initPid(box, 'alice');
  assert.equal((await box.act('alice', 'freeze')).state, 'frozen');
  const read = (): number => Number(readFileSync(`/proc/${pid}/root/run/count`, 'utf8'));
  const frozenAt = read();
  // two ticks of the daemon go by
  const points = (await box.get<{ points: unknown[] }>('/v1/tenants/alice/history')).points.length;
  await until(
    'two samples',
    async () => (await box.get<{ points: unknown[] }>('/v1/tenants/alice/history')).points.length >= points + 2,
  );
  assert.equal(read(), frozenAt);
  assert.equal((await box.show('bob')).state, 'running');
  assert.equal((await box.act('alice', 'thaw')).state, 'running');
  await until('it counts on', async () => (await count()) > frozenAt);
  assert.equal(startTime(pid), startTime(await initPid(box, 'alice')));
  await assert.rejects(
    box.act('bob', 'stop').then(() => box.act('bob', 'freeze')),
    refused('TENANT_STATE'),
  );
  await box.act('bob', 'start');
});

test('a frozen tenant can be stopped and removed', async (t) => {
  if (!can(t)) return;
  await box.add('carol');
  await box.act('carol', 'freeze');
  assert.equal((await box.act('carol', 'stop')).state, 'stopped');
  await box.act('carol', 'start');
  await box.act('carol', 'freeze');
  await box.remove('carol');
  await assert.rejects(box.show('carol'), refused('TENANT_MISSING'));
});

test('rm moves to the trash, restore brings the tenant back with ids, address and files', async (t) => {
  if (!can(t)) return;
  const old = await box.show('alice');
  const { key } = await box.remove('alice');
  await assert.rejects(box.show('alice'), refused('TENANT_MISSING'));
  assert.deepEqual((await box.trash()).map((entry) => entry.key).includes(key), true);
  const dave = await box.add('dave');
  assert.ok(dave.firstId !== old.firstId, 'ids of the trash are not given away');
  const back = await box.restore('alice', true);
  assert.deepEqual([back.firstId, back.address4, back.id, back.state], [old.firstId, old.address4, old.id, 'running']);
  assert.equal((await box.exec('alice', 'cat', '/root/mark')).stdout, 'hello\n');
  await box.remove('dave');
  await box.emptyTrash();
  await untilEqual(() => box.trash(), [], 'the trash is empty');
});

test('a client that goes away in the middle of add leaves nothing', async (t) => {
  if (!can(t)) return;
  const gone = new AbortController();
  const onMessage = (message: { type: string; text?: string }): void => {
    if (message.type === 'step' && message.text === 'mounting the file system') gone.abort(new Error('gone'));
  };
  const body = { name: 'erin', overcommit: true, limits: { memory: '64M', disk: '64M' } };
  await assert.rejects(box.work('POST', '/v1/tenants', body, { onMessage, signal: gone.signal }));
  await untilEqual(async () => (await box.list()).map(({ name }) => name), ['alice', 'bob'], 'erin is undone');
  await box.add('erin');
  await box.remove('erin');
});
