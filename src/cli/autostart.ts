// Starts the daemon when nobody listens and that is ours to do; waits for its socket, or says why it did not come.

import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ProblemReply } from '../api/contract.ts';
import { type Problem, type ProblemReport, problem, problemFromReport } from '../domain/errors.ts';
import { DEFAULT_STATE } from '../domain/instance.ts';
import type { Paths } from '../domain/paths.ts';
import { escapeLine } from '../reports/escape.ts';
import { EXIT_STATUS } from './exit-status.ts';
import { runSystemctl, startDetached } from './programs.ts';
import type { Surroundings } from './surroundings.ts';

/** Not imported: see programs.ts. */
const fs = process.getBuiltinModule('node:fs');

/** A daemon is ready in about 0.3 s; a loaded machine may need many times that. */
const READY_DEADLINE_MS = 20_000;
const READY_POLL_MS = 15;
const LOG_LINES = 5;
const LOG_MAX = 1 << 20;
const UNITS = [
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** The part of a command's context that is needed here. */
export interface Starter {
  readonly around: Surroundings;
  readonly paths: Paths;
}

export interface StartFacts {
  readonly uid: number;
  /** systemd is process 1 (sd_booted(3)). */
  readonly systemd: boolean;
  readonly unit: boolean;
  readonly state: string;
  readonly run: string;
}

/** Only root may start it; the unit serves the default folders, everything else is started by ourselves. */
export const planStart = ({ uid, systemd, unit, state, run }: StartFacts): 'no' | 'systemctl' | 'spawn' => {
  if (uid !== 0) return 'no';
  const isDefault = state === DEFAULT_STATE && run === '/run/tenantctl';
  return systemd && unit && isDefault ? 'systemctl' : 'spawn';
};

const answers = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(socket);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });

/** What the daemon wrote since a position, its last lines only. */
const readLogTail = (path: string, from: number): string[] =>
  fs
    .readFileSync(path)
    .subarray(from)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LOG_LINES);

/** With --json a daemon that cannot start says why as a document: its own words and hint are better than ours. */
const findReport = (lines: readonly string[]): ProblemReport | undefined => {
  for (const line of lines) {
    if (!line.startsWith('{"apiVersion":')) continue;
    try {
      const { problem: report } = JSON.parse(line) as Partial<ProblemReply>;
      if (report) return report;
    } catch {
      // a line that was cut off
    }
  }
  return undefined;
};

const openLog = (path: string): { fd: number; from: number } => {
  const open = (): number => fs.openSync(path, 'a', 0o600);
  let fd = open();
  if (fs.fstatSync(fd).size > LOG_MAX) {
    fs.closeSync(fd);
    fs.renameSync(path, `${path}.old`);
    fd = open();
  }
  return { fd, from: fs.fstatSync(fd).size };
};

/** A loser of two daemons that start at once ends with a conflict: then the winner is waited for. */
const hasFailed = ({ exitCode, signalCode }: ChildProcess): boolean =>
  signalCode !== null || (exitCode !== null && exitCode !== EXIT_STATUS.conflict);

const spawnDaemon = async (context: Starter, down: Problem): Promise<void> => {
  const { around, paths } = context;
  fs.mkdirSync(paths.run, { recursive: true, mode: 0o750 });
  const logPath = join(paths.run, 'daemon.log');
  const log = openLog(logPath);
  const child = startDetached(around.mainFile, ['daemon', '--json'], { log: log.fd, env: around.env });
  fs.closeSync(log.fd);
  const end = around.now() + READY_DEADLINE_MS;
  while (!(await answers(paths.socket))) {
    const failed = hasFailed(child);
    if (failed || around.now() > end) {
      const lines = readLogTail(logPath, log.from);
      const report = failed ? findReport(lines) : undefined;
      if (report) throw problemFromReport(report);
      const what = failed
        ? `it was started and ended with ${child.exitCode ?? child.signalCode}`
        : 'it was started, but is not ready yet';
      const tail = lines.map((line) => escapeLine(line).slice(0, 400)).join('\n  ');
      const why = `${what}; the end of ${logPath}:\n  ${tail}`;
      throw problem('DAEMON_DOWN', { socket: paths.socket, why }, { cause: down });
    }
    await around.sleep(READY_POLL_MS);
  }
};

const startUnit = async (context: Starter, down: Problem): Promise<void> => {
  const { socket } = context.paths;
  const { status, output } = runSystemctl(['start', 'tenantctl.service']);
  if (status !== 0)
    throw problem('DAEMON_DOWN', { socket, why: `systemctl start tenantctl: ${escapeLine(output)}` }, { cause: down });
  const end = context.around.now() + READY_DEADLINE_MS;
  while (!(await answers(socket))) {
    if (context.around.now() > end) throw down;
    await context.around.sleep(READY_POLL_MS);
  }
};

/** @throws Problem of a daemon that could not start; DAEMON_DOWN: as it came where starting is not ours, else with the reason it did not start */
export const ensureDaemon = async (context: Starter, down: Problem): Promise<void> => {
  const { around, paths } = context;
  const plan = planStart({
    uid: around.uid,
    systemd: fs.existsSync('/run/systemd/system'),
    unit: UNITS.some((folder) => fs.existsSync(join(folder, 'tenantctl.service'))),
    state: paths.state,
    run: paths.run,
  });
  if (plan === 'no') throw down;
  if (plan === 'systemctl') await startUnit(context, down);
  else await spawnDaemon(context, down);
};
