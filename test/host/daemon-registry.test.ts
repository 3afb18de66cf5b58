// The registry on disk: damaged, too new, full disk, two daemons: refused with a reason, and nothing is overwritten.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { Box } from '../support/daemon.ts';
import { listLinks } from '../support/leftovers.ts';
import { untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { watchProcess } from '../support/tenant-process.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;
let path: string;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  path = join(box.state, 'registry.json');
  await box.start();
  await box.add('alice');
});
after(() => box?.close());

const names = async (): Promise<string[]> => (await box.list()).map(({ name }) => name);

test('a second daemon on the same state is refused with the first one named', async (t) => {
  if (!can(t)) return;
  const other = spawnSync(process.execPath, [join(import.meta.dirname, '../support/run-daemon.ts')], {
    env: { PATH: process.env['PATH'], TENANTCTL_STATE: box.state, TENANTCTL_RUN: join(box.base, 'other') },
    encoding: 'utf8',
  });
  assert.equal(other.status, 1);
  const { problem } = JSON.parse(other.stderr.trim()) as { problem: { code: string; data: { pid: string } } };
  assert.equal(problem.code, 'DAEMON_RUNNING');
  assert.equal(Number(problem.data.pid), box.pid);
  assert.deepEqual(await names(), ['alice']);
});

const DAMAGES: readonly (readonly [string, string, () => void])[] = [
  ['truncated', 'STATE_CORRUPT', () => truncateSync(path, 40)],
  ['empty', 'STATE_CORRUPT', () => truncateSync(path, 0)],
  ['no JSON', 'STATE_CORRUPT', () => writeFileSync(path, 'tenants: []\n')],
  [
    'of another shape',
    'STATE_CORRUPT',
    () => writeFileSync(path, '{"schema":1,"tenants":[{"name":"../x"}],"trash":[]}'),
  ],
  ['of a newer version', 'STATE_NEWER', () => writeFileSync(path, '{"schema":99,"tenants":[],"trash":[]}')],
];

test('a registry that cannot be read keeps the daemon from starting and is left untouched', async (t) => {
  if (!can(t)) return;
  const check = await watchProcess(box, 'alice');
  await box.act('alice', 'freeze'); // so that the last good copy knows alice as well
  await box.act('alice', 'thaw');
  await box.stop();
  const good = readFileSync(path, 'utf8');
  const copy = readFileSync(`${path}.bak`, 'utf8');
  for (const [what, code, damage] of DAMAGES) {
    damage();
    const bad = readFileSync(path, 'utf8');
    const problem = await box.startFailing();
    assert.equal(problem.code, code, `${what}: ${problem.message}`);
    assert.ok(problem.message.includes(path), problem.message);
    assert.match(problem.message, /nothing was changed/);
    assert.ok(problem.hint.includes(`${path}.bak`) && problem.hint.includes('--use-backup'), problem.hint);
    assert.equal(readFileSync(path, 'utf8'), bad, what);
    assert.equal(readFileSync(`${path}.bak`, 'utf8'), copy, what);
    writeFileSync(path, good);
  }
  check();
});

test('the last good copy is taken on demand, and the bad file is kept', async (t) => {
  if (!can(t)) return;
  const check = await watchProcess0(box);
  truncateSync(path, 40);
  const bad = readFileSync(path, 'utf8');
  await box.start({ argv: ['--use-backup'] });
  assert.deepEqual(await names(), ['alice']);
  assert.equal(readFileSync(`${path}.bad`, 'utf8'), bad);
  await untilEqual(async () => (await box.show('alice')).state, (await box.show('alice')).desired, 'as the copy says');
  await check();
});

/** Alice goes on running with the daemon away: her socket answers. */
const watchProcess0 = async (where: Box): Promise<() => Promise<void>> => {
  const look = async (): Promise<string> => (await where.exec('alice', 'stat', '-c', '%Y', '/proc/1')).stdout;
  const born = await look();
  return async () => {
    if ((await where.show('alice')).state === 'frozen') await where.act('alice', 'thaw');
    assert.equal(await look(), born);
  };
};

test('a configuration with a mistake is refused with its key', async (t) => {
  if (!can(t)) return;
  await box.stop();
  writeFileSync(box.config, 'house:\n  reserve-cpu: lots\n');
  const problem = await box.startFailing();
  assert.equal(problem.code, 'CONFIG_INVALID');
  assert.match(problem.message, /reserve-cpu/);
  writeFileSync(box.config, 'trash-days: 3\n');
  await box.start();
});

const mountSmall = (folder: string, size: string): void => {
  mkdirSync(folder, { mode: 0o711 });
  const image = `${folder}.img`;
  assert.equal(spawnSync('truncate', ['-s', size, image]).status, 0);
  assert.equal(spawnSync('mkfs.ext4', ['-q', '-F', '-m', '0', image]).status, 0);
  const { status, stderr } = spawnSync('mount', ['-o', 'loop', image, folder], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
};

test('a full disk below the state folder: add fails with a reason, nothing is left, the registry is intact', async (t) => {
  if (!can(t)) return;
  const outer = new Box();
  const full = new Box(join(outer.base, 'small', 'state'));
  const folder = join(outer.base, 'small');
  mountSmall(folder, '256M');
  try {
    await full.start();
    await full.add('alice', { limits: { disk: '32M' } });
    const check = await watchProcess(full, 'alice');
    // all but the last blocks go
    spawnSync('sh', [
      '-c',
      'head -c 1G /dev/zero > "$1"; head -c 1G /dev/zero > "$2"',
      'sh',
      `${folder}/f`,
      `${folder}/g`,
    ]);
    const before = readFileSync(join(full.state, 'registry.json'), 'utf8');
    await assert.rejects(full.add('bob', { limits: { disk: '32M' } }), (error) => {
      assert.ok(error instanceof Problem);
      t.diagnostic(`${error.code}: ${error.message} (${error.hint})`);
      assert.equal(error.code, 'DISK_SPACE');
      assert.ok(String(error.data['path']).startsWith(full.state), String(error.data['path']));
      for (const figure of ['free', 'needed'] as const) assert.match(String(error.data[figure]), /\d/);
      return true;
    });
    assert.equal(readFileSync(join(full.state, 'registry.json'), 'utf8'), before);
    assert.deepEqual(
      (await full.list()).map(({ name }) => name),
      ['alice'],
    );
    assert.deepEqual(readdirSync(join(full.state, 'tenants')), ['alice']);
    assert.equal(listLinks(full.instance).length, 1);
    check();
    spawnSync('rm', [`${folder}/f`, `${folder}/g`]);
    await full.add('bob', { limits: { disk: '32M' } });
    await full.restart();
    assert.equal((await full.list()).length, 2);
  } finally {
    await full.close().finally(() => {
      spawnSync('umount', [folder]);
      return outer.close();
    });
  }
});
