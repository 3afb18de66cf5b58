// The dashboard in a real pseudo-terminal with a real daemon and a real tenant, as an admin uses it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ProcessesView } from '../../src/api/scheduler-contract.ts';
import { Box } from '../support/daemon.ts';
import { DEADLINE_MS, until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { killInside } from '../support/tenant-process.ts';
import { Terminal } from '../support/terminal.ts';

const LAUNCHER = join(import.meta.dirname, '../../src/cli/launcher.sh');
const LONG_MS = 3 * DEADLINE_MS;

const openDash = (
  box: Box,
  args: readonly string[] = [],
  size = { columns: 130, rows: 40 },
  env: Readonly<Record<string, string>> = {},
): Terminal =>
  new Terminal({
    argv: ['sh', LAUNCHER, 'dash', ...args],
    env: {
      PATH: process.env['PATH'] ?? '',
      TENANTCTL_STATE: box.state,
      TENANTCTL_RUN: box.run,
      TENANTCTL_CONFIG: box.config,
      XDG_CONFIG_HOME: join(box.base, 'xdg'),
      LANG: 'C.UTF-8',
      ...env,
    },
    ...size,
  });

/** The last prompt of the shell around it, with nothing of the dashboard left. */
const PROMPT = /shell> *\n*$/;

/** Types into the field of the form with this label: to it, erase, the text. */
const fill = async (terminal: Terminal, label: string, text: string): Promise<void> => {
  const lines = (await terminal.see(/^▶ /m)).split('\n');
  const here = lines.findIndex((line) => line.startsWith('▶ '));
  const there = lines.findIndex((line) => line.slice(2).startsWith(`${label}  `));
  assert.ok(there > 0, label);
  for (let i = 0; i < Math.abs(there - here); i++) terminal.keys(there > here ? 'Down' : 'Up');
  await terminal.see(new RegExp(`^▶ ${label}  `, 'm'));
  terminal.keys('C-u');
  terminal.type(text);
  await terminal.see(new RegExp(`^▶ ${label} +${text}`, 'm'));
};

const boxes: Box[] = [];
const terminals: Terminal[] = [];
after(async () => {
  for (const terminal of terminals) terminal.close();
  // each of them, whatever became of the others: a daemon that stays keeps this process waiting for ever
  const failures: unknown[] = [];
  for (const box of boxes) await box.close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
});

const start = async (): Promise<Box> => {
  const box = new Box();
  boxes.push(box);
  await box.start();
  return box;
};

const open = (...args: Parameters<typeof openDash>): Terminal => {
  const terminal = openDash(...args);
  terminals.push(terminal);
  return terminal;
};

test('a tenant is created, loaded, limited, entered, survives its daemon and is deleted, all in the dashboard', async (t) => {
  if (!requires(t, 'root', 'lxc', 'tmux')) return;
  const box = await start();
  const terminal = open(box);
  await terminal.see('there is no tenant yet: c creates one');

  terminal.keys('c');
  await terminal.see('create a tenant');
  await fill(terminal, 'name', 'Alice');
  await terminal.see('! ');
  await fill(terminal, 'name', 'alice');
  await fill(terminal, 'cpu', '0.2');
  await fill(terminal, 'memory', '64M');
  await fill(terminal, 'disk', '64M');
  await fill(terminal, 'overcommit', 'yes');
  await terminal.see(/cpu: 0\.2, promised in all 0\.2 of /);
  terminal.keys('C-s');
  await terminal.see(/alice +● running/, LONG_MS);
  assert.equal((await box.show('alice')).limits.cpu, 200);

  await box.background('alice', 'while :; do :; done');
  await terminal.see(/alice +● running +\d+%!? [█]+.*THROTTLED/, LONG_MS);

  terminal.keys('L');
  await terminal.see('limits of alice');
  await fill(terminal, 'cpu', '0.4');
  await terminal.see('alice: cpu 0.2 -> 0.4');
  terminal.keys('C-s');
  await terminal.see(/limits of alice done/, LONG_MS);
  await until('the daemon has the new limit', async () => (await box.show('alice')).limits.cpu === 400);
  await terminal.see(/\/0\.4 /);
  await killInside(box, 'alice', /while :/); // who enters beside it in the lab may wait for minutes

  terminal.keys('e');
  await terminal.see(/[#$] *$/m);
  assert.equal(terminal.modes().alternate, false);
  terminal.type('hostname; cat /etc/hostname >/root/was-here\n');
  await terminal.see('alice');
  terminal.type('exit\n');
  await terminal.see('the shell in alice ended', LONG_MS);
  assert.ok(terminal.modes().alternate);
  await terminal.see(/alice +● running/);
  assert.equal((await box.sh('alice', 'test -s /root/was-here')).status, 0);

  terminal.keys('h');
  await terminal.see('3 processes');
  terminal.keys('l');
  await terminal.see('6 log');
  terminal.keys('q');

  await box.kill();
  await terminal.see('! no daemon for');
  await terminal.see(/▶ +alice/);
  await box.start();
  await terminal.see('the daemon is back', LONG_MS);
  await terminal.see(/▶ +alice +● running/, LONG_MS);

  terminal.keys('x');
  await terminal.see('act on alice');
  terminal.keys('D');
  await terminal.see('type alice and Enter');
  terminal.type('alic\n');
  assert.equal((await box.list()).length, 1);
  terminal.type('e\n');
  await terminal.see('delete alice done', LONG_MS);
  await terminal.see('there is no tenant yet');
  assert.deepEqual(await box.list(), []);

  terminal.keys('q');
  await terminal.see(PROMPT);
  assert.deepEqual(terminal.modes(), { alternate: false, cursor: true });
});

const dashPid = (terminal: Terminal): Promise<number> =>
  until('the dashboard runs', () => {
    const shell = terminal.shellPid();
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0]) || undefined;
  });

const rawMode = (terminal: Terminal): Promise<boolean> =>
  until('stty answers', () => {
    const tty = readFileSync(`/proc/${terminal.shellPid()}/stat`, 'utf8');
    const minor = Number(tty.replace(/^.*\) /s, '').split(' ')[4]) & 0xff;
    const ended = spawnSync('stty', ['-a', '-F', `/dev/pts/${minor}`], { encoding: 'utf8' });
    return ended.status === 0 ? ended.stdout : undefined;
  }).then((text) => / -icanon/.test(text));

/** Painted, and reading keys: it takes the terminal after the first frame. */
const emptyDash = async (terminal: Terminal): Promise<void> => {
  await terminal.see('there is no tenant yet');
  await until('it takes keys one by one', () => rawMode(terminal));
};

test('the terminal is as it was after q, SIGTERM, SIGHUP and SIGINT', async (t) => {
  if (!requires(t, 'root', 'lxc', 'tmux')) return;
  const box = await start();
  for (const end of ['q', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    const terminal = open(box);
    await emptyDash(terminal);
    assert.ok(terminal.modes().alternate, end);
    if (end === 'q') terminal.keys('q');
    else process.kill(await dashPid(terminal), end);
    await until(`the screen is back after ${end}`, () => !terminal.modes().alternate);
    await until(`the cursor is back after ${end}`, () => terminal.modes().cursor);
    // what is typed before the shell reads again is for nobody
    await terminal.see(PROMPT);
    terminal.type('echo still "typed"\n');
    await terminal.see('still typed');
  }
});

test('the terminal is as it was after an error that nobody caught', async (t) => {
  if (!requires(t, 'root', 'lxc', 'tmux')) return;
  const box = await start();
  const fault = join(box.base, 'fault.mjs');
  writeFileSync(fault, "process.on('SIGUSR2', () => { throw new Error('a crash from within'); });\n");
  const terminal = open(box, [], { columns: 100, rows: 30 }, { NODE_OPTIONS: `--import=${fault}` });
  await emptyDash(terminal);
  assert.ok(terminal.modes().alternate);
  process.kill(await dashPid(terminal), 'SIGUSR2');
  await until('the screen is back', () => !terminal.modes().alternate);
  await until('the cursor is back', () => terminal.modes().cursor);
  await terminal.see('a crash from within');
  await terminal.see(PROMPT);
  // what the shell gives its programs: lines with echo, not the bare keys that the dashboard took
  terminal.type('clear; stty -a\n');
  await terminal.see(/[^-]icanon/);
  assert.match(await terminal.see(/[^-]echo /), /[^-]isig/);
});

test('what a tenant calls its processes and writes to its console cannot draw on the screen', async (t) => {
  if (!requires(t, 'root', 'lxc', 'tmux')) return;
  const box = await start();
  await box.add('mallory');
  const attack = String.raw`\033[2J\033[10;10HOWNED\033]0;title\007\033[41m`;
  // a process that runs a script is called as the file is (comm, proc(5): 15 bytes)
  const script = String.raw`evil="/root/$(printf "\033[41mEVIL")"; printf "#!/bin/sh\nsleep 1000\n" >"$evil"; chmod +x "$evil"`;
  await box.background('mallory', `${script}; printf "${attack}" >/dev/console; "$evil"`);
  const log = async (): Promise<string> => (await box.get<{ text: string }>('/v1/tenants/mallory/log')).text;
  await until('the console holds the attack', async () => (await log()).includes('\x1b[10;10HOWNED'));
  const processes = async (): Promise<ProcessesView['processes']> =>
    (await box.get<ProcessesView>('/v1/tenants/mallory/processes')).processes;
  await until('a process has the name', async () => (await processes()).some(({ name }) => name.endsWith('[41mEVIL')));
  const terminal = open(box);
  const raw = join(box.base, 'raw');
  await terminal.see('mallory');
  terminal.record(raw);
  terminal.keys('l');
  await terminal.see('OWNED');
  terminal.keys('h');
  await terminal.see('EVIL');
  const bytes = readFileSync(raw, 'latin1');
  assert.match(bytes, /OWNED/);
  // none of ours sets a ground or a title, or goes to that place
  for (const sequence of ['\x1b[41m', '\x1b]0;', '\x1b[10;10H'])
    assert.ok(!bytes.includes(sequence), sequence.slice(1));
});

test('Ctrl-Z gives the shell back and fg the screen; a resize draws anew', async (t) => {
  if (!requires(t, 'root', 'lxc', 'tmux')) return;
  const box = await start();
  const terminal = open(box);
  await emptyDash(terminal);
  terminal.keys('C-z');
  await terminal.see('Stopped');
  assert.equal(terminal.modes().alternate, false);
  terminal.type('fg\n');
  await terminal.see('there is no tenant yet');
  assert.ok(terminal.modes().alternate);
  terminal.resize(60, 12);
  await terminal.see(/^tenantctl .*\n +NAME.*\n *there is no tenant yet/);
  terminal.keys('?');
  await terminal.see('this help');
  terminal.keys('q');
  await terminal.see('there is no tenant yet');
});

test('keys in one chunk act one by one, and preferences are kept for the next run, for the owner only', async (t) => {
  if (!requires(t, 'root', 'lxc', 'tmux')) return;
  const box = await start();
  const terminal = open(box);
  await terminal.see('there is no tenant yet');
  terminal.type('%sg?');
  await terminal.see('this help');
  const file = join(box.base, 'xdg/tenantctl/dash.json');
  await until('the preferences are written', () => existsSync(file));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  terminal.keys('q', 'q');
  await terminal.see(PROMPT);
  const again = open(box);
  await again.see('shares of the machine');
  again.keys('q');
  rmSync(file);
});

test('without a terminal it prints one plain table and ends with 0', async (t) => {
  if (!requires(t, 'root', 'lxc')) return;
  const box = await start();
  const { status, stdout } = spawnSync('sh', [LAUNCHER, 'dash'], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      TENANTCTL_STATE: box.state,
      TENANTCTL_RUN: box.run,
      TENANTCTL_CONFIG: box.config,
    },
  });
  assert.equal(status, 0);
  assert.match(stdout, /^NAME +STATE/);
  assert.ok(!stdout.includes('\x1b'));
});
