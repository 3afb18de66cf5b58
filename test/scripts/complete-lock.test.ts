// The lock is whole: `npm ci` works in a clean clone on any registry.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findMissing } from '../../scripts/complete-lock.ts';

test('package-lock.json names every optional package; if not: node scripts/complete-lock.ts', () => {
  const lock = JSON.parse(readFileSync(`${import.meta.dirname}/../../package-lock.json`, 'utf8'));
  assert.deepEqual(Object.keys(findMissing(lock.packages)), []);
});

test('package-lock.json names no registry', () => {
  const text = readFileSync(`${import.meta.dirname}/../../package-lock.json`, 'utf8');
  assert.doesNotMatch(text, /"resolved"|https?:\/\/registry/);
});

test('an optional package that is absent is told with its platform', () => {
  const packages = { 'node_modules/a': { dev: true, optionalDependencies: { '@x/cli-linux-arm64-musl': '1.2.3' } } };
  assert.deepEqual(findMissing(packages), {
    'node_modules/@x/cli-linux-arm64-musl': {
      version: '1.2.3',
      dev: true,
      optional: true,
      os: ['linux'],
      cpu: ['arm64'],
      libc: ['musl'],
    },
  });
});
