// The registry file: durable, never overwritten when it cannot be read, with a last good copy that works.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { EMPTY_REGISTRY, type Registry } from '../../src/domain/tenant.ts';
import { openRegistry } from '../../src/store/registry.ts';
import { makeTenant } from '../domain/tenant-values.ts';

const withFolder = async (body: (folder: string, path: string) => Promise<void> | void): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-store-'));
  try {
    await body(folder, join(folder, 'registry.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const one: Registry = { ...EMPTY_REGISTRY, tenants: [makeTenant()] };
const two: Registry = { ...EMPTY_REGISTRY, tenants: [makeTenant(), makeTenant({ name: 'bob', slot: 1 })] };

const thrownBy = (act: () => unknown): Problem => {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
};

/** Registry `two` on disk with `one` as its last good copy. */
const writeTwice = async (path: string): Promise<void> => {
  const store = openRegistry(path);
  await store.save(one);
  await store.save(two);
};

test('a missing file is an empty registry, and nothing is written by looking', () =>
  withFolder((folder, path) => {
    assert.deepEqual(openRegistry(path).current, EMPTY_REGISTRY);
    assert.deepEqual(readdirSync(folder), []);
  }));

test('what was saved is read again, for root alone, with the copy before it', () =>
  withFolder(async (folder, path) => {
    await writeTwice(path);
    assert.deepEqual(openRegistry(path).current, two);
    assert.deepEqual(JSON.parse(readFileSync(`${path}.bak`, 'utf8')), one);
    assert.deepEqual(readdirSync(folder).sort(), ['registry.json', 'registry.json.bak']);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(`${path}.bak`).mode & 0o777, 0o600);
  }));

test('a save is seen in the turn in which it is asked for: two in a row cannot lose one', () =>
  withFolder(async (_, path) => {
    const store = openRegistry(path);
    const first = store.save(one);
    assert.deepEqual(store.current, one);
    const second = store.save({
      ...store.current,
      tenants: [...store.current.tenants, makeTenant({ name: 'bob', slot: 1 })],
    });
    await Promise.all([first, second]);
    assert.deepEqual(openRegistry(path).current, two);
  }));

test('a temporary file that a crash left is harmless', () =>
  withFolder(async (folder, path) => {
    await writeTwice(path);
    writeFileSync(`${path}.12345.tmp`, '{"schema": 1, "ten');
    const store = openRegistry(path);
    assert.deepEqual(store.current, two);
    await store.save(one);
    assert.deepEqual(openRegistry(path).current, one);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
      'and swept',
    );
  }));

const BROKEN: readonly (readonly [string, string, RegExp])[] = [
  ['truncated', '{"schema": 1, "tenants": [{"name": "al', /not JSON/],
  ['empty', '', /it is empty/],
  ['zeroes', '\0'.repeat(4096), /not JSON/],
  ['not JSON', 'hello', /not JSON/],
  ['a list', '[]', /not an object/],
  ['null', 'null', /not an object/],
  ['without a schema', '{"tenants": [], "trash": []}', /no schema number/],
  ['an unknown older schema', '{"schema": 0, "tenants": [], "trash": []}', /schema 0 is unknown/],
  ['a fraction of a schema', '{"schema": 0.5, "tenants": [], "trash": []}', /unknown/],
  ['a hostile name', JSON.stringify({ ...one, tenants: [{ ...makeTenant(), name: '../x' }] }), /tenants\.0\.name/],
  ['a shared slot', JSON.stringify({ ...two, tenants: [makeTenant(), makeTenant({ name: 'bob' })] }), /same slot/],
];

test('each broken file is refused with the reason and offers the last good copy; nothing is overwritten', async () => {
  for (const [title, text, why] of BROKEN) {
    await withFolder(async (folder, path) => {
      await writeTwice(path);
      writeFileSync(path, text);
      const error = thrownBy(() => openRegistry(path));
      assert.equal(error.code, 'STATE_CORRUPT', title);
      assert.match(error.message, why, title);
      assert.match(error.message, /nothing was changed/);
      assert.ok(error.hint.includes(`${path}.bak`) && error.hint.includes('--use-backup'), error.hint);
      assert.equal(readFileSync(path, 'utf8'), text);
      assert.deepEqual(JSON.parse(readFileSync(`${path}.bak`, 'utf8')), one);
      assert.deepEqual(readdirSync(folder).sort(), ['registry.json', 'registry.json.bak']);
    });
  }
});

test('--use-backup brings the last good copy back and keeps the bad file', async () => {
  for (const [title, text] of BROKEN) {
    await withFolder(async (_, path) => {
      await writeTwice(path);
      writeFileSync(path, text);
      assert.deepEqual(openRegistry(path, true).current, one, title);
      assert.equal(readFileSync(`${path}.bad`, 'utf8'), text);
      assert.deepEqual(openRegistry(path).current, one);
    });
  }
});

test('--use-backup leaves a good file alone', () =>
  withFolder(async (_, path) => {
    await writeTwice(path);
    assert.deepEqual(openRegistry(path, true).current, two);
    assert.equal(existsSync(`${path}.bad`), false);
  }));

test('a file of a newer version is named as such, with both numbers', () =>
  withFolder(async (_, path) => {
    await writeTwice(path);
    const text = JSON.stringify({ schema: 7, tenants: [], trash: [], quotas: [] });
    writeFileSync(path, text);
    const error = thrownBy(() => openRegistry(path));
    assert.equal(error.code, 'STATE_NEWER');
    assert.match(error.message, /schema 7, this one knows 2/);
    assert.match(error.hint, /upgrade tenantctl, or use the last good copy/);
    assert.equal(readFileSync(path, 'utf8'), text);
  }));

test('without a usable copy none is offered, and --use-backup changes nothing', () =>
  withFolder(async (folder, path) => {
    writeFileSync(path, 'x');
    assert.equal(thrownBy(() => openRegistry(path)).hint, 'restore it from your own backup');
    writeFileSync(`${path}.bak`, 'y');
    assert.equal(thrownBy(() => openRegistry(path, true)).hint, 'restore it from your own backup');
    assert.equal(readFileSync(path, 'utf8'), 'x');
    assert.deepEqual(readdirSync(folder).sort(), ['registry.json', 'registry.json.bak']);
  }));

test('a lost file beside a good copy is brought back by --use-backup', () =>
  withFolder(async (_, path) => {
    await writeTwice(path);
    rmSync(path);
    assert.deepEqual(openRegistry(path, true).current, one);
  }));

test('a lost file beside a good copy is no empty registry: tenants would be taken for leftovers', () =>
  withFolder(async (_, path) => {
    await writeTwice(path);
    rmSync(path);
    const error = thrownBy(() => openRegistry(path));
    assert.equal(error.code, 'STATE_CORRUPT');
    assert.match(error.hint, /--use-backup/);
  }));

test('a save that fails leaves file, copy and current as they were', () =>
  withFolder(async (folder, path) => {
    const inside = join(folder, 'state');
    mkdirSync(inside);
    const file = join(inside, 'registry.json');
    const store = openRegistry(file);
    await store.save(one);
    rmSync(inside, { recursive: true });
    await assert.rejects(store.save(two), (error) => {
      return error instanceof Problem && error.code === 'KERNEL_WRITE' && error.message.includes(file);
    });
    assert.deepEqual(store.current, one);
    mkdirSync(inside);
    chmodSync(inside, 0o700);
    await store.save(two);
    assert.deepEqual(openRegistry(file).current, two);
    assert.ok(path);
  }));

/** In a process of its own whose files may not grow beyond 1 KiB: a full disk in small (setrlimit(2), RLIMIT_FSIZE). */
const SAVE_WITHIN_LIMIT = `
  import { openRegistry } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/registry.ts'))};
  const store = openRegistry(process.argv[1]);
  const tenants = Array.from({ length: 20 }, (_, slot) => ({ ...store.current.tenants[0], name: 't' + slot, slot }));
  try {
    await store.save({ ...store.current, tenants });
    console.log('saved');
  } catch (error) {
    console.log(error.code, error.data.errno, store.current.tenants.length);
  }
`;

test('a disk that fills in the middle of a save is a failure, and the old registry stays', () =>
  withFolder(async (folder, path) => {
    await openRegistry(path).save(one);
    const args = [
      '-c',
      'ulimit -f 2; exec "$0" --input-type=module -e "$1" "$2"',
      process.execPath,
      SAVE_WITHIN_LIMIT,
      path,
    ];
    const child = spawnSync('sh', args, { encoding: 'utf8' });
    assert.equal(child.stdout, 'KERNEL_WRITE EFBIG 1\n', child.stderr);
    assert.deepEqual(openRegistry(path).current, one);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
  }));
