// The signal that asks an init to power off, by what the base has for an init.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openHaltSignals } from '../../../src/linux/lxc/halt-signal.ts';
import { makeTenant } from '../../domain/tenant-values.ts';

const signalOf = (fill: (root: string) => void): string => {
  const state = mkdtempSync(join(tmpdir(), 'tenantctl-halt-'));
  try {
    const base = { template: 'debian', digest: 'abcdef012345' };
    const root = join(state, 'bases', 'debian@abcdef012345', 'root');
    mkdirSync(join(root, 'sbin'), { recursive: true });
    fill(root);
    const haltSignalOf = openHaltSignals(state);
    const signal = haltSignalOf(makeTenant({ base }));
    assert.equal(haltSignalOf(makeTenant({ base })), signal);
    return signal;
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
};

test('an init that is a link to systemd gets its own signal, dangling or not', () => {
  assert.equal(
    signalOf((root) => symlinkSync('/lib/systemd/systemd', join(root, 'sbin/init'))),
    'SIGRTMIN+3',
  );
});

test('systemd without a link is found where it lies', () => {
  const fill = (root: string): void => {
    mkdirSync(join(root, 'usr/lib/systemd'), { recursive: true });
    writeFileSync(join(root, 'usr/lib/systemd/systemd'), '');
  };
  assert.equal(signalOf(fill), 'SIGRTMIN+3');
});

test('any other init gets the signal of a power failure, and so does a tenant without a base', () => {
  assert.equal(
    signalOf((root) => writeFileSync(join(root, 'sbin/init'), '#!/bin/sh\n')),
    'SIGPWR',
  );
  assert.equal(openHaltSignals('/nonexistent')(makeTenant({ base: null })), 'SIGPWR');
});
