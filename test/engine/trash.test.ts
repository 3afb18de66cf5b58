// rm and the trash, apply: what goes, what comes back, what a file of tenants changes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { addTenant } from '../../src/engine/add.ts';
import { applyTenants } from '../../src/engine/apply.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { emptyTrash, removeTenant, restoreTenant } from '../../src/engine/remove.ts';
import { type Box, createBox, createWork } from '../fakes/engine.ts';
import { checkLegal } from './legal.ts';

const work = createWork();
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;
const DAY = 86_400_000;

const withAlice = async (box: Box): Promise<Engine> => {
  const engine = box.boot();
  await addTenant(engine, { name: 'alice', limits: { memory: '64M' } }, work);
  return engine;
};

test('rm stops, moves to the trash for a week, and forgets what was known', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const entry = await removeTenant(engine, 'alice', work);
  assert.equal(entry.key, 'alice-000000000001');
  assert.equal(Date.parse(entry.expiresAt) - box.clock.now(), 7 * DAY);
  await checkLegal(box);
  assert.deepEqual(engine.runtimes.names(), []);
  assert.equal(box.events.types().at(-1), 'tenant-removed');
  await assert.rejects(removeTenant(engine, 'alice', work), isProblem('TENANT_MISSING'));
});

test('rm cannot be cancelled half-way: once begun it is finished', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const cancelled = createWork();
  box.faults.actAt('after:stop', () => cancelled.cancel());
  await removeTenant(engine, 'alice', cancelled);
  await checkLegal(box);
  assert.equal(box.registry.current.trash.length, 1);
});

test('rm that fails half-way is finished by the same rm again', async () => {
  for (const point of [
    'before:stop',
    'after:unmount',
    'before:move-to-trash',
    'after:move-to-trash',
    'before:forget',
  ]) {
    const box = createBox();
    const engine = await withAlice(box);
    box.faults.throwAt(point, new Error('target is busy'));
    await assert.rejects(removeTenant(engine, 'alice', work), /busy/, point);
    await removeTenant(engine, 'alice', work);
    await checkLegal(box);
    assert.equal(box.registry.current.trash.length, 1, point);
  }
});

test('a restore brings back ids, address, limits, and the wanted state', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const [before] = box.registry.current.tenants;
  await removeTenant(engine, 'alice', work);
  const back = await restoreTenant(engine, 'alice', work, { start: true });
  assert.deepEqual({ ...back, generation: 0 }, { ...before, generation: 0 });
  await checkLegal(box);
  assert.equal(engine.runtimes.get('alice').up, 'running');
});

test('a restore without a start leaves it stopped', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const { key } = await removeTenant(engine, 'alice', work);
  const back = await restoreTenant(engine, key, work, { start: false });
  assert.equal(back.desired, 'stopped');
  await checkLegal(box);
});

test('a restore whose start fails keeps the tenant, stopped, and says why', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  await removeTenant(engine, 'alice', work);
  box.containers.failNextStart('no such device');
  await assert.rejects(restoreTenant(engine, 'alice', work, { start: true }), /no such device/);
  await checkLegal(box);
  assert.equal(box.registry.current.tenants[0]?.desired, 'stopped');
});

test('a restore beside a new tenant of the name, or of nothing, is refused', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  await removeTenant(engine, 'alice', work);
  await addTenant(engine, { name: 'alice' }, work);
  await assert.rejects(restoreTenant(engine, 'alice', work, { start: false }), isProblem('TENANT_EXISTS'));
  await assert.rejects(restoreTenant(engine, 'mallory', work, { start: false }), isProblem('TRASH_MISSING'));
  await assert.rejects(restoreTenant(engine, '../../etc', work, { start: false }), isProblem('TRASH_MISSING'));
});

test('of two trashed tenants of one name the newest comes back, the other by its key', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const first = await removeTenant(engine, 'alice', work);
  await addTenant(engine, { name: 'alice' }, work);
  const second = await removeTenant(engine, 'alice', work);
  assert.equal((await restoreTenant(engine, 'alice', work, { start: false })).id, second.tenant.id);
  await removeTenant(engine, 'alice', work);
  assert.equal((await restoreTenant(engine, first.key, work, { start: false })).id, first.tenant.id);
  await checkLegal(box);
});

test('a restore must fit the house as an add must', async () => {
  const box = createBox();
  const engine = box.boot();
  await addTenant(engine, { name: 'alice', limits: { cpu: '1.5', memory: '64M' } }, work);
  await removeTenant(engine, 'alice', work);
  await addTenant(engine, { name: 'bob', limits: { cpu: '1', memory: '64M' } }, work);
  await assert.rejects(restoreTenant(engine, 'alice', work, { start: true }), isProblem('OVERCOMMIT'));
  const back = await restoreTenant(engine, 'alice', work, { start: false, overcommit: true });
  assert.equal(back.overcommit, true);
  await checkLegal(box);
});

test('the trash is emptied of what expired, of one, or of all; slots are free again', async () => {
  const box = createBox({ slots: 2 });
  const engine = await withAlice(box);
  await removeTenant(engine, 'alice', work);
  await box.clock.advance(3 * DAY);
  await addTenant(engine, { name: 'bob' }, work);
  await removeTenant(engine, 'bob', work);
  await box.clock.advance(4 * DAY);
  assert.deepEqual(await emptyTrash(engine, { expiredAt: box.clock.now() }, 'daemon'), ['alice-000000000001']);
  await checkLegal(box);
  await assert.rejects(emptyTrash(engine, { key: 'mallory' }, 'uid:0'), isProblem('TRASH_MISSING'));
  assert.deepEqual(await emptyTrash(engine, { key: 'bob' }, 'uid:0'), ['bob-000000000002']);
  assert.deepEqual(await emptyTrash(engine, {}, 'uid:0'), []);
  assert.equal(box.events.types().filter((type) => type === 'trash-emptied').length, 2);
  await addTenant(engine, { name: 'carol' }, work);
  await addTenant(engine, { name: 'dave' }, work);
  await checkLegal(box);
});

test('one that cannot go keeps none of the others, and is told', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  await removeTenant(engine, 'alice', work);
  await addTenant(engine, { name: 'bob' }, work);
  await removeTenant(engine, 'bob', work);
  const { removeTrash } = box.rootfs;
  box.rootfs.removeTrash = async (key) => {
    if (key.startsWith('alice')) throw new Error('still in use');
    await removeTrash(key);
  };
  await assert.rejects(emptyTrash(engine, {}, 'uid:0'), /still in use/);
  const left = (): string[] => box.registry.current.trash.map(({ tenant }) => tenant.name);
  assert.deepEqual(left(), ['alice']);
  box.rootfs.removeTrash = removeTrash;
  assert.deepEqual(await emptyTrash(engine, { signal: AbortSignal.abort() }, 'daemon'), []);
  assert.deepEqual(await emptyTrash(engine, { expiredAt: box.clock.now() }, 'daemon'), ['alice-000000000001']);
});

test('emptying and restoring at once never restores what is being deleted', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  await removeTenant(engine, 'alice', work);
  const [emptied, restored] = await Promise.allSettled([
    emptyTrash(engine, {}, 'uid:0'),
    restoreTenant(engine, 'alice', work, { start: true }),
  ]);
  assert.deepEqual([emptied.status, restored.status], ['fulfilled', 'rejected']);
  await checkLegal(box);
  await addTenant(engine, { name: 'bob' }, work);
  await removeTenant(engine, 'bob', work);
  const [second, gone] = await Promise.allSettled([
    restoreTenant(engine, 'bob', work, { start: true }),
    emptyTrash(engine, {}, 'uid:0'),
  ]);
  assert.equal(second.status, 'fulfilled');
  assert.deepEqual(gone, { status: 'fulfilled', value: [] });
  await checkLegal(box);
});

const OPTIONS = { dryRun: false, allowRestart: false, overcommit: false, whyUnreadable: () => undefined };
const acts = (changes: readonly { name: string; act: string; fields: readonly string[] }[]) =>
  changes.map(({ name, act, fields }) => [name, act, ...fields].join(' '));

test('apply creates, changes and leaves alone; twice is once', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const file = [
    { name: 'alice', limits: { memory: '128M', cpu: '0.5' }, restart: 'always' as const },
    { name: 'bob', limits: { memory: '64M' }, start: false },
  ];
  assert.deepEqual(acts(await applyTenants(engine, file, OPTIONS, work)), [
    'alice changed cpu memory restart',
    'bob created',
  ]);
  assert.deepEqual(acts(await applyTenants(engine, file, OPTIONS, work)), ['alice unchanged', 'bob unchanged']);
  await checkLegal(box);
});

test('apply starts what the file wants running and never stops anything', async () => {
  const box = createBox();
  const engine = box.boot();
  await addTenant(engine, { name: 'alice', start: false }, work);
  assert.deepEqual(acts(await applyTenants(engine, [{ name: 'alice' }], OPTIONS, work)), ['alice changed start']);
  assert.deepEqual(acts(await applyTenants(engine, [{ name: 'alice', start: false }], OPTIONS, work)), [
    'alice unchanged',
  ]);
  await checkLegal(box);
  assert.ok(box.containers.running.has('alice'));
});

test('a dry run says what would be and touches nothing', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const saves = box.registry.saves;
  const file = [{ name: 'alice', limits: { cpu: '0.5' } }, { name: 'bob' }, { name: 'carol', limits: { cpu: '3' } }];
  const changes = await applyTenants(engine, file, { ...OPTIONS, dryRun: true }, work);
  assert.deepEqual(acts(changes), ['alice would-change cpu', 'bob would-create', 'carol failed']);
  assert.match(changes[2]?.problem ?? '', /more than this host has/);
  assert.equal(box.registry.saves, saves);
  await checkLegal(box);
});

test('a dry run of a change that cannot be is told as one that fails', async () => {
  const box = createBox({ growMode: 'restart' });
  const engine = await withAlice(box);
  const dry = { ...OPTIONS, dryRun: true };
  const changes = await applyTenants(engine, [{ name: 'alice', limits: { cpu: '3' } }], dry, work);
  assert.deepEqual(acts(changes), ['alice failed']);
});

test('one wrong value in the file and nothing is done', async () => {
  const box = createBox();
  const engine = box.boot();
  await assert.rejects(
    applyTenants(engine, [{ name: 'alice' }, { name: 'bob', limits: { cpu: '0' } }], OPTIONS, work),
    isProblem('CPU_INVALID'),
  );
  assert.equal(box.registry.saves, 0);
});

test('one impossible entry and nothing is done, and it is told in the words of a file', async () => {
  const unenforceable = { ioRead: 'cgroup v1 throttles nothing' };
  const tries = [
    [{ name: 'bob', limits: { ioRead: '1M' } }, 'NOT_ENFORCEABLE', /^bob: this host cannot/, /best-effort: true$/],
    [
      { name: 'bob', limits: { cpu: '1.9' } },
      'OVERCOMMIT',
      /^bob: cpu: 1\.9 for "bob"/,
      /overcommit: true in the file/,
    ],
    [{ name: 'bob', limits: { cpu: '64' } }, 'HOST_TOO_SMALL', /^bob: cpu 64/, /^try cpu: /],
    [{ name: 'bob', plan: 'nope' }, 'PLAN_MISSING', /^bob: there is no plan "nope"/, /plan ls/],
    [{ name: 'bob', template: 'nope' }, 'TEMPLATE_MISSING', /^bob: there is no template "nope"/, /template ls/],
    [
      { name: 'bob', template: 'tar:/gone.tgz' },
      'FILE_UNREADABLE',
      /^bob: cannot read \/gone\.tgz: it is gone/,
      /path/,
    ],
    [{ name: 'alice', template: 'debian' }, 'TENANT_EXISTS', /differs \(template\)/, /made from minimal.* rm alice/],
    [
      { name: 'alice', limits: { disk: '1G' } },
      'RESTART_NEEDED',
      /^alice: the disk/,
      /^apply the file with --restart$/,
    ],
  ] as const;
  for (const [request, code, message, hint] of tries) {
    const box = createBox({ unenforceable, growMode: 'restart' });
    const engine = await withAlice(box);
    const saves = box.registry.saves;
    const options = { ...OPTIONS, whyUnreadable: () => 'it is gone' };
    const file = [{ name: 'aaa', limits: { cpu: '0.5', memory: '64M', disk: '1G' } }, request];
    await assert.rejects(applyTenants(engine, file, options, work), (error) => {
      assert.ok(isProblem(code)(error), String(error));
      assert.match((error as Problem).message, message);
      assert.match((error as Problem).hint, hint);
      return true;
    });
    assert.equal(box.registry.saves, saves, code);
    if (code === 'TEMPLATE_MISSING') continue; // wrong wherever it is read: a dry run ends with it as well
    const dry = await applyTenants(engine, file, { ...options, dryRun: true }, work);
    assert.deepEqual(acts(dry), ['aaa would-create', `${request.name} failed`]);
    assert.match(dry[1]?.problem ?? '', new RegExp(hint.source.replace(/[$^]/g, '')));
    assert.doesNotMatch(dry[1]?.problem ?? '', new RegExp(`^${request.name}: `));
  }
});

test('entries of a file are checked beside each other: two that fit only alone are refused before the first is made', async () => {
  const box = createBox();
  const file = ['alice', 'bob'].map((name) => ({ name, limits: { cpu: '1.2', memory: '64M' } }));
  await assert.rejects(applyTenants(box.boot(), file, OPTIONS, work), isProblem('OVERCOMMIT'));
  assert.equal(box.registry.saves, 0);
});

test('a tarball that has gone does not matter to the tenant that was made from it', async () => {
  const box = createBox();
  const engine = box.boot();
  await addTenant(engine, { name: 'alice', template: 'tar:/r.tgz' }, work);
  const file = [{ name: 'alice', template: 'tar:/r.tgz' }];
  const changes = await applyTenants(engine, file, { ...OPTIONS, whyUnreadable: () => 'it is gone' }, work);
  assert.deepEqual(acts(changes), ['alice unchanged']);
});

test('the same name twice in a file is refused', async () => {
  const box = createBox();
  await assert.rejects(
    applyTenants(box.boot(), [{ name: 'alice' }, { name: 'alice', limits: { cpu: 1 } }], OPTIONS, work),
    Problem,
  );
  assert.equal(box.registry.saves, 0);
});

test('one that fails does not keep the others', async () => {
  const box = createBox();
  const engine = box.boot();
  box.containers.failNextStart('no such device');
  const changes = await applyTenants(engine, [{ name: 'alice' }, { name: 'bob' }], OPTIONS, work);
  assert.deepEqual(acts(changes), ['alice failed', 'bob created']);
  assert.match(changes[0]?.problem ?? '', /no such device \(see: tenantctl logs alice\)/);
  await checkLegal(box);
});

test('a cancelled apply stops, undoes the one it was at, and keeps those before', async () => {
  const box = createBox();
  const engine = box.boot();
  const cancelled = createWork();
  const file = [{ name: 'alice' }, { name: 'bob' }, { name: 'carol' }];
  box.faults.actAt('after:mount', () => box.faults.actAt('after:mount', () => cancelled.cancel(new Error('gone'))));
  await assert.rejects(applyTenants(engine, file, OPTIONS, cancelled), /gone/);
  assert.deepEqual(
    box.registry.current.tenants.map(({ name }) => name),
    ['alice'],
  );
  await checkLegal(box);
});
