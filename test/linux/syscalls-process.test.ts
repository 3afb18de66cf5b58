// Processes by descriptor.

import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'node:test';
import { openProcess, signalProcess } from '../../src/linux/syscalls-process.ts';
import { until } from '../support/poll.ts';
import { startSleep } from '../support/sleeper.ts';

test('a process is signalled by its descriptor, and no longer once it has ended', async () => {
  const { child, isAlive } = await startSleep();
  const fd = openProcess(child.pid ?? 0);
  assert.ok(fd !== undefined);
  assert.equal(signalProcess(fd, constants.signals.SIGKILL), true);
  await until('it ends', () => !isAlive());
  assert.equal(signalProcess(fd, constants.signals.SIGKILL), false);
  closeSync(fd);
});

test('a number without a process has no descriptor', () => {
  for (const pid of [0, -1, 2 ** 22 + 1]) assert.equal(openProcess(pid), undefined, String(pid));
});
