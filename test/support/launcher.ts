// The program as people call it: the launcher with the environment of a box, its input and descriptors as given.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Box, Output } from './daemon.ts';

const LAUNCHER = join(import.meta.dirname, '../../src/cli/launcher.sh');
const LIMIT_MS = 60_000;

export interface CallOptions {
  readonly input?: string | Uint8Array;
  /** Descriptors of ours the launcher gets as 3, 4, … */
  readonly inherit?: readonly number[];
}

/** `tenantctl ARGS…` */
export const callLauncher = (box: Box, args: readonly string[], options: CallOptions = {}): Promise<Output> =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', [LAUNCHER, ...args], {
      cwd: '/',
      env: {
        PATH: process.env['PATH'],
        TENANTCTL_STATE: box.state,
        TENANTCTL_RUN: box.run,
        TENANTCTL_CONFIG: box.config,
      },
      stdio: ['pipe', 'pipe', 'pipe', ...(options.inherit ?? [])],
      timeout: LIMIT_MS,
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin?.on('error', () => undefined); // a command that reads nothing
    child.stdin?.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code) => resolve({ status: code ?? 128, stdout, stderr }));
  });

/** `tenantctl exec NAME -- sh -c SCRIPT` */
export const execScript = (box: Box, name: string, script: string, options: CallOptions = {}): Promise<Output> =>
  callLauncher(box, ['exec', name, '--', 'sh', '-c', script], options);
