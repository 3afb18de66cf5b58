// Names of tenants: what may become a cgroup, a folder, a host name and a login, and what may not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../src/domain/errors.ts';
import { NAME_MAX, nearestName, parseName, spellOut, whyNotName } from '../../src/domain/names.ts';

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['../x', /only a-z/],
  ['..', /only a-z/],
  ['.', /only a-z/],
  ['/etc', /only a-z/],
  ['a/b', /only a-z/],
  ['a'.repeat(200), /200 characters/],
  ['a'.repeat(31), /31 characters/],
  ['Alice', /only a-z/],
  ['аlice', /ASCII/], // Cyrillic а
  ['alice\u200b', /ASCII/],
  ['ａlice', /ASCII/], // full-width a
  ['al\u0131ce', /ASCII/],
  ['alice\0', /only a-z/],
  ['alice\n', /only a-z/],
  ['al ice', /only a-z/],
  ['\x1b[31m', /only a-z/],
  ['1alice', /first is a letter/],
  ['-alice', /first is a letter/],
  ['alice-', /ends with "-"/],
  ['al--ice', /two "-"/],
  ['al_ice', /only a-z/],
  ['al.ice', /only a-z/],
  ['$(id)', /only a-z/],
  ['root', /reserved/],
  ['daemon', /reserved/],
  ['monitor', /reserved/],
  ['payload', /reserved/],
  ['__proto__', /only a-z/],
];

test('each hostile name is refused with the reason', () => {
  for (const [name, why] of REFUSED) {
    assert.match(whyNotName(name) ?? 'accepted', why, JSON.stringify(name));
    assert.throws(
      () => parseName(name),
      (error) => error instanceof Problem && error.code === 'NAME_INVALID',
      JSON.stringify(name),
    );
  }
});

test('a refusal shows no byte that could steer a terminal', () => {
  try {
    parseName('\x1b]0;owned\x07\u202eevil');
    assert.fail('accepted');
  } catch (error) {
    assert.match((error as Problem).message, /^[\x20-\x7e]*$/);
  }
});

test('a refusal spells out what was typed, so that look-alikes can be told apart', () => {
  for (const [text, shown] of [
    ['\u0430lice', '\\u0430lice'],
    ['\u0435lice', '\\u0435lice'],
    ['a\nb', 'a\\x0ab'],
    ['a\\x0ab', 'a\\\\x0ab'],
    ['\u{1f600}', '\\u{1f600}'],
    ['a b', 'a b'],
  ] as const)
    assert.equal(spellOut(text), shown);
  assert.throws(() => parseName('\u0430lice'), /"\\u0430lice" is not a tenant name: only ASCII/);
  assert.throws(() => parseName('a b'), /"a b" is not a tenant name: only a-z/);
});

test('ordinary names pass unchanged', () => {
  for (const name of ['a', 'alice', 'bob-2', 'constructor', 'a'.repeat(30), 'x0']) assert.equal(parseName(name), name);
});

test('any text that passes is safe as a path segment, a cgroup, a host name (RFC 1123) and a login', () => {
  const safe = /^[a-z]([a-z0-9]|-(?=[a-z0-9]))*$/;
  const nearly = fc.string({ unit: fc.constantFrom(...'abz09-_./ A\n\0é'), maxLength: 34 });
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
      if (whyNotName(text) !== undefined) return;
      assert.match(text, safe);
      assert.ok(text.length <= NAME_MAX);
    }),
    { numRuns: 2000 },
  );
});

test('the nearest known name is offered within two letters and never beyond', () => {
  const known = ['alice', 'bob', 'carol'];
  assert.equal(nearestName('alcie', known), 'alice');
  assert.equal(nearestName('bo', known), 'bob');
  assert.equal(nearestName('karol', known), 'carol');
  assert.equal(nearestName('mallory', known), undefined);
  assert.equal(nearestName('alice', []), undefined);
  assert.equal(nearestName('a'.repeat(10_000), known), undefined);
});
