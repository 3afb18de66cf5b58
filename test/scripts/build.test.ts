// The bundled program does what the sources do, where bundling could make a difference.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
let box: string;

before(() => {
  box = mkdtempSync(join(tmpdir(), 'tenantctl-build-'));
  symlinkSync(join(root, 'node_modules'), join(box, 'node_modules'));
  const args = [join(root, 'scripts/build.ts'), '--out', join(box, 'dist')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
after(() => rmSync(box, { recursive: true }));

/** A daemon that ends at its configuration, before it touches the host. */
const startDaemon = (config: string): string => {
  const state = mkdtempSync(join(box, 'state-'));
  mkdirSync(join(state, 'run'));
  writeFileSync(join(state, 'config.yaml'), config);
  const { status, stderr } = spawnSync(process.execPath, [join(box, 'dist/main.js'), 'daemon'], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      TENANTCTL_STATE: state,
      TENANTCTL_RUN: join(state, 'run'),
      TENANTCTL_CONFIG: join(state, 'config.yaml'),
    },
  });
  assert.equal(status, 1, stderr);
  return stderr;
};

test('the bundled daemon reads its configuration, and names the key that is wrong', () => {
  assert.match(startDaemon('house:\n  reserve-cpu: lots\n'), /config\.yaml: house\.reserve-cpu: write a percentage/);
  assert.match(startDaemon('trash-days: [1\n'), /config\.yaml: .*(flow|sequence|\])/i);
});
