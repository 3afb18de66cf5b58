// Where things are: defaults, and each root by its variable.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildPaths } from '../../src/domain/paths.ts';

test('without variables the folders are those of hier(7)', () => {
  assert.deepEqual(buildPaths({}), {
    state: '/var/lib/tenantctl',
    run: '/run/tenantctl',
    config: '/etc/tenantctl/config.yaml',
    socket: '/run/tenantctl/tenantctl.sock',
  });
});

test('each root is a variable, and an empty one counts as absent', () => {
  const paths = buildPaths({ TENANTCTL_STATE: '/s', TENANTCTL_RUN: '/r', TENANTCTL_CONFIG: '' });
  assert.deepEqual(paths, {
    state: '/s',
    run: '/r',
    config: '/etc/tenantctl/config.yaml',
    socket: '/r/tenantctl.sock',
  });
});
