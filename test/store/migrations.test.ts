// A registry of before there were rules is read as one whose tenants live by the defaults.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegistry } from '../../src/store/migrations.ts';
import { makeTenant } from '../domain/tenant-values.ts';

/** As the program before rules wrote it. */
const writeOld = (): { schema: number; tenants: object[]; trash: object[] } => {
  const old = (name: string, slot: number): object => {
    const { plan: _plan, rules: _rules, ...tenant } = makeTenant({ name, slot });
    return tenant;
  };
  const entry = { key: 'bob-00000000', deletedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-08T00:00:00.000Z' };
  return { schema: 1, tenants: [old('alice', 0)], trash: [{ ...entry, tenant: old('bob', 1) }] };
};

const read = (data: unknown) => parseRegistry(JSON.stringify(data));

test('a registry of schema 1 becomes one of schema 2: no plan, no rules, all else as it was', () => {
  const result = read(writeOld());
  assert.equal(result.kind, 'ok');
  if (result.kind !== 'ok') return;
  const { registry } = result;
  assert.equal(registry.schema, 2);
  assert.deepEqual(registry.plans, []);
  assert.deepEqual(registry.tenants, [makeTenant({ name: 'alice', slot: 0, plan: null, rules: {} })]);
  assert.deepEqual(registry.trash[0]?.tenant, makeTenant({ name: 'bob', slot: 1, plan: null, rules: {} }));
});

test('what it becomes is read again as it is', () => {
  const first = read(writeOld());
  assert.deepEqual(first.kind === 'ok' && read(first.registry), first);
});

test('a damaged old registry is damaged still, and not mended into something else', () => {
  const broken: [unknown, RegExp][] = [
    [{ ...writeOld(), tenants: 'none' }, /^tenants/],
    [{ ...writeOld(), tenants: [7] }, /^tenants\.0/],
    [{ ...writeOld(), trash: [{ key: 'x' }] }, /^trash\.0/],
    [{ ...writeOld(), colour: 'red' }, /colour/],
    [{ ...writeOld(), tenants: [...writeOld().tenants, ...writeOld().tenants] }, /two tenants/],
  ];
  for (const [data, why] of broken) {
    const result = read(data);
    assert.equal(result.kind, 'corrupt', JSON.stringify(data).slice(0, 60));
    assert.match(result.kind === 'corrupt' ? result.why : '', why);
  }
});

test('rules in a registry of schema 1 are none: they are not taken over unchecked', () => {
  const old = writeOld();
  const forged = { ...old, tenants: [{ ...old.tenants[0], rules: { share: 2 }, plan: 'none' }] };
  const result = read(forged);
  assert.deepEqual(result.kind === 'ok' && result.registry.tenants[0]?.rules, {});
});

test('a rule that is none makes a registry of schema 2 a damaged one', () => {
  const result = read(writeOld());
  assert.ok(result.kind === 'ok');
  const { registry } = result;
  const [alice] = registry.tenants;
  for (const rules of [{ share: 2 }, { colour: 'red' }, { exempt: 'cc1' }])
    assert.equal(read({ ...registry, tenants: [{ ...alice, rules }] }).kind, 'corrupt', JSON.stringify(rules));
  assert.equal(read({ ...registry, plans: [{ name: '../x', rules: {} }] }).kind, 'corrupt');
});
