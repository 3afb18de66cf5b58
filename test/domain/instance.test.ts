// Instances: the default one, those beside it, and where each puts its tenants.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildInstance, buildPlace, DEFAULT_STATE, scopeName } from '../../src/domain/instance.ts';
import { SLOT_COUNT } from '../../src/domain/slots.ts';

const main = buildInstance(DEFAULT_STATE);

test('the default state folder has the plain name and the first 1024 slots', () => {
  assert.deepEqual(main, { name: 'tenantctl', slots: { first: 0, count: 1024 } });
});

test('any other state folder has a name and slots that never meet those of the default one', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (folder) => {
      if (folder === DEFAULT_STATE) return;
      const side = buildInstance(folder);
      assert.match(side.name, /^tenantctl_[0-9a-f]{8}$/);
      assert.deepEqual(side, buildInstance(folder));
      assert.equal(side.slots.count, 24);
      assert.ok(side.slots.first >= 1024 && side.slots.first + 24 <= SLOT_COUNT);
      assert.equal((side.slots.first - 1024) % 24, 0, 'blocks of side instances are equal or apart');
    }),
  );
});

test('a tenant without systemd has plain folders below the house', () => {
  assert.deepEqual(buildPlace(main, 'alice', false), {
    house: 'tenantctl',
    root: 'tenantctl/alice',
    payload: 'tenantctl/alice/payload',
    inner: 'tenantctl/alice/payload/ns',
    monitor: 'tenantctl/alice/monitor',
  });
});

test('a tenant under systemd has a scope of its own in the slice', () => {
  assert.equal(buildPlace(main, 'alice', true).root, 'tenantctl.slice/tenant-alice.scope');
  assert.equal(buildPlace(main, 'alice', true).inner, 'tenantctl.slice/tenant-alice.scope/payload/ns');
});

test('scopes of two instances never have the same name', () => {
  const side = buildInstance('/tmp/x');
  assert.equal(scopeName(main, 'alice'), 'tenant-alice.scope');
  assert.equal(scopeName(side, 'alice'), `${side.name}-alice.scope`);
});
