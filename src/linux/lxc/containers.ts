// Containers by the lxc-* tools. Thin: whether an act is legal in a state is the engine's business.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem, toProblem } from '../../domain/errors.ts';
import { buildPlace, type Instance, type Place } from '../../domain/instance.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { countThreads } from '../../domain/threads.ts';
import type { Cgroups } from '../../ports/cgroups.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerState, Containers, StartRequest } from '../../ports/containers.ts';
import { withSpace } from '../disk-space.ts';
import { run } from '../exec.ts';
import { readKernelFileIfAny } from '../files.ts';
import type { HostSettings } from '../host-settings.ts';
import { ensureNotices, removeNotices } from '../notices.ts';
import { buildLxcConfig, type LxcFacts } from './config.ts';
import { readConsole, removeConsole, turnConsole } from './console.ts';
import { commandSocket, isOrderlyEnd, parseAbstractSockets, parseLastEnd, parseStartTime } from './control.ts';
import { openHaltSignals } from './halt-signal.ts';
import { ensureHostBudgets } from './host-budgets.ts';
import { readTail } from './read-tail.ts';
import { removeRunFiles, writeRunFiles } from './run-files.ts';
import { buildScopeArgs } from './scope.ts';
import { buildSeccompProfile } from './seccomp.ts';
import { buildStartHook, HOOK_NAME } from './start-hook.ts';
import { writeIfOther } from './write-if-other.ts';

export interface LxcOptions {
  readonly state: string;
  readonly run: string;
  readonly instance: Instance;
  readonly systemd: boolean;
  /** Lowering an oom score needs CAP_SYS_RESOURCE (proc(5)). */
  readonly sysResource: boolean;
  readonly lxcfs: string | null;
  readonly apparmor: string | null;
  readonly cgroups: Cgroups;
  readonly settings: HostSettings;
  /** Processors of the host. */
  readonly cpus: number;
  readonly clock: Clock;
  /** `/proc` of the host. */
  readonly proc: string;
}

const START_TIMEOUT_MS = 60_000;
/** A monitor that is stopped or stuck never answers (design notes): ask briefly, then believe the kernel. */
const ASK_TIMEOUT_MS = 2_000;
/** -1000 keeps the oom killer off the monitor; lxc.proc.oom_score_adj gives the tenant 0 again (proc(5)). */
const MONITOR_OOM_SCORE = -1000;

export const openContainers = (options: LxcOptions): Containers => {
  const lxcPath = join(options.state, 'tenants');
  const folder = (name: string): string => join(lxcPath, name);
  const facts = prepareFacts(options);
  ensureHostBudgets(options.settings);
  const haltSignalOf = openHaltSignals(options.state);

  const isRunning = (name: string): boolean =>
    parseAbstractSockets(readFileSync(join(options.proc, 'net/unix'), 'utf8')).has(commandSocket(lxcPath, name));

  const ask = async (name: string, flag: string): Promise<string | undefined> => {
    if (!isRunning(name)) return undefined;
    const result = await run('lxc-info', ['-P', lxcPath, '-n', name, flag, '-H'], {
      timeoutMs: ASK_TIMEOUT_MS,
      okStatus: [0, 1],
    }).catch(() => undefined);
    return result?.stdout.trim() || undefined;
  };

  const adopt = (tenant: Tenant, place: Place): void => {
    const threads = countThreads(tenant.limits.cpu, options.cpus);
    writeRunFiles(options.run, tenant.name, { lxcPath, freezer: options.cgroups.freezerFile(place), threads });
  };

  const start = async ({ tenant, place, root, cgroupLines, signal }: StartRequest): Promise<void> => {
    const home = folder(tenant.name);
    const config = join(home, 'lxc.conf');
    rmSync(join(home, 'lxc.log'), { force: true });
    turnConsole(home);
    const haltSignal = haltSignalOf(tenant);
    // a new link takes this setting over (ip-sysctl.rst); Docker and many servers have it at 1
    const ipv6 = readKernelFileIfAny(join(options.proc, 'sys/net/ipv6/conf/default/disable_ipv6')) === '0';
    const threads = countThreads(tenant.limits.cpu, options.cpus);
    const notices = ensureNotices(home);
    const text = buildLxcConfig({
      tenant,
      place,
      root,
      folder: home,
      cgroupLines,
      notices,
      haltSignal,
      ipv6,
      threads,
      facts,
    });
    writeFileSync(config, text, { mode: 0o600 });
    const lxc = ['lxc-start', '-P', lxcPath, '-n', tenant.name, '-f', config, '-d'];
    const scope = options.systemd ? buildScopeArgs(options.instance, tenant.name, facts.lxcfs !== null) : [];
    const [program = '', ...args] = [...scope, ...lxc];
    const oom = options.sysResource ? { oomScoreAdj: MONITOR_OOM_SCORE } : {};
    await run(program, args, { timeoutMs: START_TIMEOUT_MS, signal, ...oom }).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw problem('START_FAILED', { name: tenant.name, why: explainStart(home, error) }, { cause: error });
    });
    adopt(tenant, place);
  };

  const stop: Containers['stop'] = async (name, place, { timeoutMs, signal }) => {
    if (isRunning(name)) {
      const seconds = String(Math.max(0, Math.ceil(timeoutMs / 1000)));
      const args = timeoutMs === 0 ? ['-k'] : ['-t', seconds];
      await run('lxc-stop', ['-P', lxcPath, '-n', name, ...args], {
        timeoutMs: timeoutMs + 10_000,
        signal,
        okStatus: [0, 1, 2],
      }).catch((error: unknown) => {
        if (signal.aborted) throw error;
      });
    }
    // the last word: whatever the monitor answered, nothing of the tenant may be left
    if (options.cgroups.exists(place)) await options.cgroups.killAll(place);
    await waitUntil(options.clock, 5_000, () => !isRunning(name));
    removeRunFiles(options.run, name);
  };

  const state = async (name: string, place: Place): Promise<ContainerState> => {
    if (!isRunning(name)) return 'stopped';
    const word = (await ask(name, '-s'))?.toLowerCase();
    if (word && KNOWN_STATES.has(word))
      return word === 'running' && options.cgroups.isFrozen(place) ? 'frozen' : (word as ContainerState);
    if (options.cgroups.isFrozen(place)) return 'frozen';
    return options.cgroups.listPids(place).length > 0 ? 'running' : 'unknown';
  };

  return {
    start: (request) => withSpace(options.state, 'start a tenant', () => start(request)),
    adopt: async (tenant, place) => adopt(tenant, place),
    stop,
    state,
    initPid: async (name) => {
      const pid = Number(await ask(name, '-p'));
      return Number.isInteger(pid) && pid > 1 ? pid : undefined;
    },
    startedAt: (pid) =>
      parseStartTime(
        readKernelFileIfAny(join(options.proc, `${pid}/stat`)) ?? '',
        readKernelFileIfAny(join(options.proc, 'stat')) ?? '',
      ),
    listRunning: async () => {
      const sockets = parseAbstractSockets(readFileSync(join(options.proc, 'net/unix'), 'utf8'));
      return new Set(listFolders(lxcPath).filter((name) => sockets.has(commandSocket(lxcPath, name))));
    },
    readLog: async (name, run, maxBytes) => readConsole(folder(name), run, maxBytes),
    lastEnd: async (name) => {
      const end = parseLastEnd(readTail(join(folder(name), 'lxc.log'), 64 * 1024));
      return {
        orderly: isOrderlyEnd(end),
        text: end ? `${end.kind} ${end.kind === 'exit' ? end.status : end.signal}` : 'unknown',
      };
    },
    remove: async (name) => {
      for (const file of ['lxc.conf', 'lxc.log']) rmSync(join(folder(name), file), { force: true });
      removeConsole(folder(name));
      removeNotices(folder(name));
      removeRunFiles(options.run, name);
    },
    version: async () => `lxc ${(await run('lxc-start', ['--version'])).stdout.trim()}`,
  };
};

const KNOWN_STATES: ReadonlySet<string> = new Set(['stopped', 'starting', 'running', 'stopping', 'frozen', 'aborting']);

/** Files of ours that LXC reads; written once per daemon, root only. */
const prepareFacts = (options: LxcOptions): LxcFacts => {
  const share = join(options.state, 'lxc');
  mkdirSync(share, { recursive: true, mode: 0o755 });
  const seccompProfile = join(share, 'seccomp');
  const startHook = join(share, 'start-host');
  writeIfOther(seccompProfile, buildSeccompProfile(), 0o644);
  const place = buildPlace(options.instance, HOOK_NAME, options.systemd);
  writeIfOther(startHook, buildStartHook(options.cgroups.listDelegated(place)), 0o755);
  chmodSync(startHook, 0o755);
  const lxcfsFiles = options.lxcfs === null ? [] : listFiles(join(options.lxcfs, 'proc'));
  return {
    lxcfs: lxcfsFiles.length > 0 ? options.lxcfs : null,
    lxcfsFiles,
    apparmor: options.apparmor,
    systemd: options.systemd,
    seccompProfile,
    startHook,
  };
};

/** The mount of an lxcfs that died is still there and answers ENOTCONN: tenants do without it then. */
const listFiles = (path: string): string[] => {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
  } catch {
    return [];
  }
};

const listFolders = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

const explainStart = (home: string, error: unknown): string => {
  const log = readTail(join(home, 'lxc.log'), 16 * 1024);
  const errors = log.split('\n').filter((line) => / ERROR /.test(line));
  const words = errors.map((line) => line.replace(/^.*? - \S+:\S+:\d+ - /, ''));
  return words.slice(0, 3).join('; ') || toProblem(error).message;
};

const waitUntil = async (clock: Clock, ms: number, done: () => boolean): Promise<void> => {
  const end = clock.monotonic() + ms;
  while (!done() && clock.monotonic() < end) await clock.sleep(10);
};
