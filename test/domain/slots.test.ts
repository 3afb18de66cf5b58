// Slots: blocks of ids never meet, addresses are unique and in their pools, names fit the kernel.

import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  address4,
  address6,
  ID_BASE,
  ID_BLOCK,
  idBase,
  linkName,
  POOL4,
  POOL6,
  pickSlot,
  SLOT_COUNT,
} from '../../src/domain/slots.ts';

const all = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);

test('slot 0 and the last have exactly these figures', () => {
  assert.equal(idBase(0), 1_879_048_192);
  assert.equal(address4(0), '10.96.0.2');
  assert.equal(address6(0), 'fd77:7465:6e61::2');
  assert.equal(linkName(0), 'tct0');
  assert.equal(address4(250), '10.96.1.2');
  assert.equal(address4(249), '10.96.0.251');
  assert.equal(address4(4095), '10.96.16.97');
});

test('blocks of ids follow each other without overlap and end below 2^31', () => {
  for (const slot of all.slice(1)) assert.equal(idBase(slot), idBase(slot - 1) + ID_BLOCK);
  assert.ok(idBase(SLOT_COUNT - 1) + ID_BLOCK <= 2 ** 31);
  assert.ok(ID_BASE > 1_879_048_191, 'above what systemd-nspawn hands out');
});

test('every slot has addresses of its own inside the pools, never a network or broadcast one', () => {
  const pool = new BlockList();
  const [net4 = '', bits4 = ''] = POOL4.split('/');
  const [net6 = '', bits6 = ''] = POOL6.split('/');
  pool.addSubnet(net4, Number(bits4), 'ipv4');
  pool.addSubnet(net6, Number(bits6), 'ipv6');
  for (const slot of all) {
    assert.ok(pool.check(address4(slot), 'ipv4'), address4(slot));
    assert.ok(pool.check(address6(slot), 'ipv6'), address6(slot));
    assert.doesNotMatch(address4(slot), /\.(0|1|255)$/);
  }
  assert.equal(new Set(all.map(address4)).size, SLOT_COUNT);
  assert.equal(new Set(all.map(address6)).size, SLOT_COUNT);
});

test('every link name is unique and has at most 15 characters', () => {
  assert.ok(all.every((slot) => linkName(slot).length <= 15));
  assert.equal(new Set(all.map(linkName)).size, SLOT_COUNT);
});

test('the lowest free slot of the space is picked, and none when all are taken', () => {
  const space = { first: 1024, count: 24 };
  assert.equal(pickSlot([], space), 1024);
  assert.equal(pickSlot([1024, 1026], space), 1025);
  assert.equal(
    pickSlot(
      Array.from({ length: 24 }, (_, i) => 1024 + i),
      space,
    ),
    undefined,
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1000, max: 1060 })), (used) => {
      const slot = pickSlot(used, space);
      if (slot === undefined) return assert.ok(used.filter((n) => n >= 1024 && n < 1048).length === 24);
      assert.ok(slot >= 1024 && slot < 1048 && !used.includes(slot));
    }),
  );
});
