// Isolation on the real kernel, in a network namespace of its own: nothing of the machine's network is touched.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { readEnvironment, requires } from '../support/requires.ts';

/** Runs a file of ./netns as a test run of its own; its lines become diagnostics of this test. */
const runInside = async (t: TestContext, file: string, ...words: string[]): Promise<void> => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [
    '--net',
    '--mount', // private: what is mounted there is gone with it
    '--',
    process.execPath,
    '--test-reporter=tap',
    `${import.meta.dirname}/netns/${file}`,
    ...words,
  ];
  const child = spawn('unshare', args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = Buffer.concat(chunks).toString('utf8');
  for (const line of output.match(/^ *(not )?ok .*/gm) ?? []) t.diagnostic(line.trim());
  assert.equal(status, 0, output);
  assert.match(output, /^# pass [1-9]/m, output);
};

test('tenants reach neither each other nor the host nor the world, and cannot forge a source', async (t) => {
  if (!requires(t, 'root', 'nft')) return;
  if (readEnvironment() === 'lab') return t.skip('user-mode-linux has no inet nftables');
  await runInside(t, 'isolation.ts', 'nft');
});

test('without inet nftables tenants still do not reach each other', async (t) => {
  if (!requires(t, 'root')) return;
  await runInside(t, 'isolation.ts', 'rules');
});

test('the kernel keeps the contract of the network port', async (t) => {
  if (!requires(t, 'root')) return;
  await runInside(t, 'contract.ts');
});
