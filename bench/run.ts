// `npm run bench [-- ROUNDS PART…]`: the program against raw LXC and the engines installed here. Prints, asserts nothing.
//
// Contenders take turns; medians are compared. Needs root and LXC. Everything runs in instances of its own.
// Wants a quiet machine, and a caller that leaves no descriptor of two digits open: the launcher needs Perl to close it.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { DAEMON_FLAGS } from '../src/cli/programs.ts';
import { systemClock } from '../src/daemon/clock.ts';
import { unmountBelow } from '../src/linux/rootfs/mounts.ts';
import { BenchInstance, buildProgram, bundlePart, LIMITS } from './instance.ts';
import { type Contender, race, runCommand } from './measure.ts';
import { type DockerPeer, openDockerPeer } from './peers/docker.ts';
import { type LxcPeer, openLxcPeer } from './peers/lxc.ts';
import { listOneShots } from './peers/one-shot.ts';
import { type Bar, formatAmount, formatComparison } from './stats.ts';

/** Those with an instance and peers, then those that run by themselves. */
const RACES = ['start', 'add', 'exec', 'one-shot', 'ls'] as const;
const PARTS = [...RACES, 'thousand', 'sample', 'dash'] as const;
type Part = (typeof PARTS)[number];

const isPart = (word: string): word is Part => PARTS.some((part) => part === word);

const words = process.argv.slice(2);
const ROUNDS = Math.max(10, Number(words.find((word) => /^\d+$/.test(word)) ?? 12));
/** All, unless some are named. */
const chosen = new Set<Part>(words.some(isPart) ? words.filter(isPart) : PARTS);
const NODE_BARE = 'node -e 0';

interface Peers {
  readonly lxc: LxcPeer;
  readonly docker: DockerPeer | undefined;
}

const compare = async (title: string, bars: readonly Bar[], contenders: readonly Contender[]): Promise<void> => {
  const values = await race(ROUNDS, contenders);
  console.log(`${formatComparison({ title, ours: contenders[0]?.name ?? '', values, bars })}\n`);
};

const dockerRun = (docker: DockerPeer | undefined): Contender[] =>
  docker
    ? [
        {
          name: 'docker run',
          act: (round) => docker.run(`run-${round}`),
          undo: (round) => docker.remove(`run-${round}`),
        },
      ]
    : [];

const compareStart = async (ours: BenchInstance, { lxc, docker }: Peers): Promise<void> => {
  const stop = async (): Promise<void> => {
    await ours.act('alice', 'stop', { timeoutMs: 0 });
  };
  await stop();
  lxc.stop();
  await compare(
    "start an existing tenant, the daemon's reply (it mounts disk and root; lxc-start alone finds them mounted)",
    [
      { peer: 'lxc-start', most: 1.6 },
      { peer: 'mount, mount, lxc-start', most: 1.6 },
    ],
    [
      { name: 'tenantctl, reply', act: async () => void (await ours.act('alice', 'start')), undo: stop },
      {
        name: 'lxc-start',
        act: lxc.start,
        undo: () => {
          lxc.stop();
          lxc.unmount();
        },
      },
      {
        name: 'mount, mount, lxc-start',
        act: () => {
          lxc.mount();
          lxc.start();
        },
        undo: lxc.stop,
      },
    ],
  );
  await compare(
    'start an existing tenant, the whole command line (docker run: local image, no network)',
    [{ peer: 'docker run', most: 0.6 }],
    [{ name: 'tenantctl start', act: () => void ours.cli('start', 'alice'), undo: stop }, ...dockerRun(docker)],
  );
  ours.cli('start', 'alice');
  startAgain(lxc);
};

/** On a busy machine raw LXC aborts a start now and then; the measurements after it need the container. */
const startAgain = (lxc: LxcPeer): void => {
  try {
    lxc.start();
  } catch (error) {
    console.log(`  lxc-start failed and is tried once more: ${String(error)}\n`);
    lxc.start();
  }
};

const compareAdd = (ours: BenchInstance, { docker }: Peers): Promise<void> =>
  compare(
    'add from a cached base, the whole command line',
    [{ peer: 'docker run', most: 1 }],
    [
      {
        name: 'tenantctl add',
        act: (round) => void ours.cli('add', `new${round}`, ...LIMITS, '--overcommit'),
        undo: (round) => {
          ours.cli('rm', `new${round}`, '--yes');
          ours.cli('trash', 'empty', '--yes');
        },
      },
      ...dockerRun(docker),
    ],
  );

const compareExec = async (ours: BenchInstance, { lxc, docker }: Peers): Promise<void> => {
  docker?.run('target');
  const dockerExec = docker ? [{ name: 'docker exec', act: () => docker.exec('target') }] : [];
  await compare(
    'exec alice -- true',
    [
      { peer: 'lxc-attach', most: 2.5 },
      { peer: 'docker exec', most: 0.4 },
    ],
    [
      { name: 'tenantctl exec', act: () => void ours.cli('exec', 'alice', '--', 'true') },
      { name: 'lxc-attach', act: lxc.exec },
      ...dockerExec,
    ],
  );
  docker?.remove('target');
};

const compareList = (ours: BenchInstance): Promise<void> =>
  compare(
    'tenantctl ls, three tenants',
    [{ peer: NODE_BARE, most: 1.6 }],
    [
      { name: 'tenantctl ls', act: () => void ours.cli('ls') },
      { name: NODE_BARE, act: () => void runCommand({ program: process.execPath, args: ['-e', '0'] }) },
    ],
  );

const compareOneShots = async (ours: BenchInstance, root: string): Promise<void> => {
  const scratch = mkdtempSync('/var/tmp/tb-tree-');
  try {
    const tree = join(scratch, 'tree');
    mkdirSync(tree);
    const copy = 'tar -C "$1" --owner=0 --group=0 --one-file-system -c . | tar -C "$2" -x';
    runCommand({ program: 'sh', args: ['-c', copy, 'sh', root, tree] });
    const others = listOneShots(tree, scratch);
    if (others.length === 0) return console.log('podman, systemd-nspawn: not installed\n');
    await compare(
      'one command in engines that start a container for it (ours runs already)',
      [],
      [{ name: 'tenantctl exec', act: () => void ours.cli('exec', 'alice', '--', 'true') }, ...others],
    );
  } finally {
    await unmountBelow(scratch, systemClock); // podman leaves a mount of its store
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Programs of this folder that print for themselves; most run parts of the daemon and get its flags. */
const runPart = (
  file: string,
  flags: readonly string[] = ['--expose-gc', ...DAEMON_FLAGS],
  ...args: string[]
): void => {
  const ended = spawnSync(process.execPath, [...flags, file, ...args], { stdio: 'inherit' });
  if (ended.status !== 0) console.log(`  ${file} failed with ${ended.status ?? ended.signal}`);
  console.log('');
};

const measureAll = async (ours: BenchInstance, peers: Peers): Promise<void> => {
  for (const name of ['alice', 'bob', 'carol']) ours.cli('add', name, ...LIMITS, '--overcommit');
  const fresh = ours.rss();
  if (chosen.has('start')) await compareStart(ours, peers);
  if (chosen.has('add')) await compareAdd(ours, peers);
  if (chosen.has('exec')) await compareExec(ours, peers);
  if (chosen.has('one-shot')) await compareOneShots(ours, peers.lxc.root);
  if (chosen.has('ls')) await compareList(ours);
  console.log(formatAmount('daemon, resident memory with three tenants just added', fresh, 90, 'MB'));
  console.log(
    `${formatAmount('daemon, resident memory with three tenants, after all the above', ours.rss(), 90, 'MB')}\n`,
  );
};

/** Instance and peers, for the races among them. */
const raceAll = async (program: string): Promise<void> => {
  const closers: (() => void | Promise<void>)[] = [];
  try {
    const lxc = await openLxcPeer(program);
    closers.push(() => lxc.close());
    const docker = await openDockerPeer(lxc.root).catch((error: unknown) => {
      console.log(`docker: its engine does not run here: ${String(error)}\n`);
      return undefined;
    });
    if (docker) closers.push(() => docker.close());
    const ours = new BenchInstance(program);
    closers.push(() => ours.close());
    await ours.startDaemon();
    await measureAll(ours, { lxc, docker });
  } finally {
    for (const close of closers.reverse()) await close();
  }
};

const main = async (): Promise<void> => {
  console.log(`${ROUNDS} rounds; ${cpus().length} processors, kernel ${release()}, node ${process.version}\n`);
  const program = buildProgram();
  try {
    if (RACES.some((part) => chosen.has(part))) await raceAll(program);
    if (chosen.has('thousand')) runPart(await bundlePart(program, 'thousand.ts'));
    if (chosen.has('dash')) runPart(join(import.meta.dirname, 'dash.ts'), [], '--program', program);
  } finally {
    rmSync(program, { recursive: true, force: true });
  }
  if (chosen.has('sample')) runPart(join(import.meta.dirname, 'sample.ts'));
};

await main();
