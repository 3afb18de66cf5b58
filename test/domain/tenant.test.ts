// The registry's schema, templates as typed, keys of the trash.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { EMPTY_REGISTRY, parseTemplate, registrySchema, trashKey } from '../../src/domain/tenant.ts';
import { makeTenant } from './tenant-values.ts';

const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;
const alice = makeTenant();
const trashed = {
  key: 'bob-0123456789ab',
  tenant: makeTenant({ name: 'bob', slot: 1 }),
  deletedAt: alice.createdAt,
  expiresAt: alice.createdAt,
};

test('what the program writes, it reads', () => {
  for (const registry of [EMPTY_REGISTRY, { schema: 2, tenants: [alice], trash: [trashed], plans: [] }]) {
    assert.deepEqual(registrySchema.parse(JSON.parse(JSON.stringify(registry))), registry);
  }
});

test('a registry with a hostile or impossible value is refused', () => {
  const wrong: readonly object[] = [
    { ...alice, name: '../x' },
    { ...alice, name: 'root' },
    { ...alice, id: '../../etc' },
    { ...alice, slot: -1 },
    { ...alice, slot: 1.5 },
    { ...alice, base: { template: '../x', digest: 'aaaaaaaaaaaa' } },
    { ...alice, base: { template: 'minimal', digest: '../aaaaaaaaaaaa' } },
    { ...alice, limits: { ...alice.limits, cpu: '1' } },
    { ...alice, limits: { ...alice.limits, disk: null } },
    { ...alice, limits: { ...alice.limits, colour: 1 } },
    { ...alice, desired: 'dancing' },
    { ...alice, phase: 'unknown' },
    { ...alice, surprise: true },
    { ...alice, generation: undefined },
  ];
  for (const tenant of wrong)
    assert.equal(
      registrySchema.safeParse({ schema: 2, tenants: [tenant], trash: [], plans: [] }).success,
      false,
      JSON.stringify(tenant),
    );
  assert.equal(
    registrySchema.safeParse({ schema: 2, tenants: [], trash: [{ ...trashed, key: '../../etc' }], plans: [] }).success,
    false,
  );
  assert.equal(registrySchema.safeParse({ schema: 3, tenants: [], trash: [], plans: [] }).success, false);
});

test('a registry in which two share a name or a block of ids is refused: blocks are never shared', () => {
  const twice = (a: object, b: object) =>
    registrySchema.safeParse({ schema: 2, tenants: [a, b], trash: [], plans: [] }).success;
  assert.equal(twice(alice, makeTenant({ name: 'bob', slot: 1 })), true);
  assert.equal(twice(alice, makeTenant({ slot: 1 })), false);
  assert.equal(twice(alice, makeTenant({ name: 'bob' })), false);
  const bob = { ...trashed, tenant: makeTenant({ name: 'bob', slot: 0 }) };
  assert.equal(registrySchema.safeParse({ schema: 2, tenants: [alice], trash: [bob], plans: [] }).success, false);
});

test('templates are read before any work', () => {
  assert.deepEqual(parseTemplate('minimal'), { kind: 'minimal' });
  assert.deepEqual(parseTemplate('debian'), { kind: 'debian' });
  assert.deepEqual(parseTemplate('tar:/srv/rootfs.tar.zst'), { kind: 'tar', path: '/srv/rootfs.tar.zst' });
  assert.throws(() => parseTemplate('alpine'), isProblem('TEMPLATE_MISSING'));
  for (const text of [
    'tar:rootfs.tar',
    'tar:',
    'tar:/a\0b',
    'tar:/a\nb',
    'tar:/a\rb',
    '',
    '../x',
    'Minimal',
    'tar',
    'x'.repeat(200),
    'mіnimal',
    'minimal\n',
    'minimal@abc',
  ])
    assert.throws(
      () => parseTemplate(text),
      (error) => isProblem('TEMPLATE_INVALID')(error) || isProblem('TEMPLATE_MISSING')(error),
      JSON.stringify(text),
    );
});

test('a refused template shows no byte that could steer a terminal', () => {
  for (const text of ['\x1b[2J', 'tar:\x1b[2Jx', 'tar:/x\n\x1b[2J']) {
    assert.throws(
      () => parseTemplate(text),
      (error) => /^[\x20-\x7e…]*$/.test((error as Problem).message),
      JSON.stringify(text),
    );
  }
});

test('the key of the trash tells two tenants of one name apart', () => {
  assert.equal(trashKey(alice), 'alice-0123456789ab');
  assert.notEqual(trashKey(alice), trashKey({ ...alice, id: 'ba9876543210' }));
});
