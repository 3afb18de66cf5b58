// The house: what the host keeps, what tenants share, and which promise no longer fits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../src/domain/errors.ts';
import { buildHouse, checkHouse, DEFAULT_RESERVE } from '../../src/domain/house.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { makeTenant } from './tenant-values.ts';

const host = { cpus: 2, memory: 4 * GiB, diskSpace: 100 * GiB };
const house = buildHouse(host, DEFAULT_RESERVE);
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

test('by default the host keeps 5 % of CPU and 256 MiB', () => {
  assert.deepEqual(house, { cpu: 1900, memory: 4 * GiB - 256 * MiB });
});

test('a tiny host still gives its tenants something', () => {
  assert.deepEqual(buildHouse({ cpus: 1, memory: 128 * MiB }, { cpuShare: 0.999, memory: 1 * GiB }), {
    cpu: 10,
    memory: 64 * MiB,
  });
});

test('promises are summed over all tenants, stopped ones too', () => {
  const others = [makeTenant({ name: 'bob', desired: 'stopped', limits: { cpu: 1000, memory: GiB } })];
  assert.doesNotThrow(() => checkHouse(makeTenant({ limits: { cpu: 900, memory: GiB } }), others, house, host));
  assert.throws(
    () => checkHouse(makeTenant({ limits: { cpu: 901 } }), others, house, host),
    (error) =>
      isProblem('OVERCOMMIT')(error) &&
      (error as Error).message === 'cpu: 0.901 for "alice" plus 1 promised to others is more than the house\'s 1.9',
  );
  assert.throws(
    () => checkHouse(makeTenant({ limits: { memory: 3 * GiB } }), others, house, host),
    isProblem('OVERCOMMIT'),
  );
  assert.throws(
    () => checkHouse(makeTenant({ limits: { disk: 96 * GiB } }), others, house, host),
    isProblem('OVERCOMMIT'),
  );
});

test('a limit that is lifted promises nothing', () => {
  const others = [makeTenant({ name: 'bob', limits: { cpu: null, memory: null } })];
  assert.doesNotThrow(() =>
    checkHouse(makeTenant({ limits: { cpu: 1900, memory: house.memory } }), others, house, host),
  );
});

test('overcommit is accepted by word, but not what the host does not have at all', () => {
  const others = [makeTenant({ name: 'bob', limits: { cpu: 1900, memory: 3 * GiB } })];
  assert.doesNotThrow(() =>
    checkHouse(makeTenant({ overcommit: true, limits: { cpu: 2000, memory: 4 * GiB } }), others, house, host),
  );
  assert.throws(
    () => checkHouse(makeTenant({ overcommit: true, limits: { cpu: 2001 } }), [], house, host),
    isProblem('HOST_TOO_SMALL'),
  );
  assert.throws(
    () => checkHouse(makeTenant({ overcommit: true, limits: { memory: 5 * GiB } }), [], house, host),
    isProblem('HOST_TOO_SMALL'),
  );
});

test('whoever is let in one after the other, the sum never passes the house', () => {
  const wish = fc.record({
    cpu: fc.integer({ min: 10, max: 2000 }),
    memory: fc.integer({ min: 16 * MiB, max: 4 * GiB }),
  });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 20 }), (wishes) => {
      const inside: ReturnType<typeof makeTenant>[] = [];
      for (const [i, limits] of wishes.entries()) {
        const tenant = makeTenant({ name: `t${i}`, limits: { ...limits, disk: 32 * MiB } });
        try {
          checkHouse(tenant, inside, house, host);
          inside.push(tenant);
        } catch (error) {
          assert.ok(error instanceof Problem);
        }
      }
      assert.ok(inside.reduce((sum, { limits }) => sum + (limits.cpu ?? 0), 0) <= house.cpu);
      assert.ok(inside.reduce((sum, { limits }) => sum + (limits.memory ?? 0), 0) <= house.memory);
    }),
  );
});
