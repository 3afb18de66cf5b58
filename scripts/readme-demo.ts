// Writes what three real tenants look like into README.md: an instance of its own beside all others, then gone again.
//   sudo node scripts/readme-demo.ts

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const box = mkdtempSync('/var/tmp/tenantctl-readme-');
chmodSync(box, 0o711); // tenants' own ids must pass through
const env = {
  ...process.env,
  TENANTCTL_STATE: join(box, 'state'),
  TENANTCTL_RUN: join(box, 'run'),
  TENANTCTL_CONFIG: join(box, 'none.yaml'),
};
const launcher = join(root, 'src/cli/launcher.sh');
/** What the busy tenant does until it is removed. */
const LOAD = ['exec', 'alice', '--', 'sh', '-c', 'while :; do :; done'];
const DEADLINE_MS = 30_000;

const run = (args: readonly string[]): string => {
  const ended = spawnSync('sh', [launcher, ...args], { cwd: root, env, encoding: 'utf8' });
  if (ended.status !== 0) throw new Error(`tenantctl ${args.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
};

interface Top {
  readonly tenants: readonly { readonly usage: { readonly throttledShare: number } | null }[];
}

/** Until each tenant is measured, and one is throttled that much. */
const waitForShare = async (share: number): Promise<void> => {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const { tenants } = JSON.parse(run(['top', '--json'])) as Top;
    const known = tenants.every(({ usage }) => usage !== null);
    if (known && tenants.some(({ usage }) => (usage?.throttledShare ?? 0) >= share)) return;
    if (Date.now() > end) throw new Error('the figures did not come');
    await new Promise((resume) => setTimeout(resume, 200));
  }
};

const record = async (): Promise<string> => {
  const lines: string[] = [];
  const show = (...args: string[]): void => {
    lines.push(`$ tenantctl ${args.join(' ')}`, run(args));
  };
  show('apply', 'tenants/three-friends.yaml');
  await waitForShare(0);
  show('ls');
  const load = spawn('sh', [launcher, ...LOAD], { cwd: root, env, stdio: 'ignore' });
  lines.push("$ tenantctl exec alice -- sh -c 'while :; do :; done' &", '');
  await waitForShare(0.5);
  show('top');
  load.kill();
  return lines.join('\n').trimEnd();
};

const cleanUp = (): void => {
  for (const name of run(['ls', '--names']).split('\n').filter(Boolean)) run(['rm', name, '--yes']);
  run(['trash', 'empty', '--yes']);
  const { daemon } = JSON.parse(run(['version', '--json'])) as { daemon: { pid: number } };
  process.kill(daemon.pid, 'SIGTERM');
  const isGone = (): boolean => spawnSync('kill', ['-0', String(daemon.pid)]).status !== 0;
  for (const end = Date.now() + DEADLINE_MS; !isGone() && Date.now() < end; ) spawnSync('sleep', ['0.1']);
  rmSync(box, { recursive: true });
};

let text: string;
try {
  text = await record();
} finally {
  cleanUp();
}
const path = join(root, 'README.md');
const [before, , after] = readFileSync(path, 'utf8').split(/<!-- demo -->\n|<!-- \/demo -->/);
if (before === undefined || after === undefined) throw new Error('README.md has no demo marks');
writeFileSync(path, `${before}<!-- demo -->\n\`\`\`text\n${text}\n\`\`\`\n<!-- /demo -->${after}`);
