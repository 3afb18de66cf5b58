// Checks of doctor: the programs we start, and lxcfs.

import { Problem } from '../../domain/errors.ts';
import { type CheckFacts, type CheckSpec, fail, pass, SLOW_MS, type Verdict, warn } from './check-spec.ts';

interface ProgramSpec {
  readonly program: string;
  readonly args: readonly string[];
  /** Debian package that brings it. */
  readonly packageName: string;
  /** What it ends with when it only tells its version. */
  readonly okStatus?: readonly number[];
  /** Absent: nothing works without it. */
  readonly without?: string;
}

/** All of them answer to these arguments at once and change nothing. */
const PROGRAMS: readonly ProgramSpec[] = [
  { program: 'lxc-start', args: ['--version'], packageName: 'lxc' },
  { program: 'lxc-attach', args: ['--version'], packageName: 'lxc' },
  { program: 'ip', args: ['-V'], packageName: 'iproute2' },
  { program: 'nft', args: ['--version'], packageName: 'nftables' },
  { program: 'mkfs.ext4', args: ['-V'], packageName: 'e2fsprogs' },
  { program: 'resize2fs', args: [], packageName: 'e2fsprogs', okStatus: [1] },
  { program: 'losetup', args: ['--version'], packageName: 'mount' },
  {
    program: 'debootstrap',
    args: ['--version'],
    packageName: 'debootstrap',
    without: 'the template debian cannot be built (minimal and tar:FILE work)',
  },
];

/** Version 4 is the first with routed veth (veth.mode, LXC 4.0 release notes); 5 is the one we test with. */
const checkLxcVersion = async ({ run }: CheckFacts): Promise<Verdict> => {
  const { stdout } = await run('lxc-start', ['--version'], { timeoutMs: SLOW_MS });
  const version = stdout.trim();
  const major = Number(/^(\d+)\./.exec(version)?.[1] ?? 0);
  if (major >= 5) return pass(`LXC ${version}`);
  const fix = 'use a distribution with LXC 5 or newer (Debian 12, Ubuntu 24.04)';
  return major === 4 ? warn(`LXC ${version} is older than what is tested (5.0)`, fix) : fail(`LXC ${version}`, fix);
};

const checkProgram = async (spec: ProgramSpec, { run }: CheckFacts): Promise<Verdict> => {
  const install = `apt-get install --no-install-recommends ${spec.packageName}`;
  try {
    const { stdout, stderr } = await run(spec.program, spec.args, {
      timeoutMs: SLOW_MS,
      okStatus: spec.okStatus ?? [0],
    });
    return pass((stdout || stderr).split('\n')[0]?.trim() || spec.program);
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'COMMAND_MISSING')) throw error;
    const summary = `${spec.program} is not installed${spec.without ? `: ${spec.without}` : ''}`;
    return spec.without ? warn(summary, install) : fail(summary, install);
  }
};

const checkLxcfs = ({ facts }: CheckFacts): Verdict =>
  facts.lxcfs
    ? pass(`lxcfs is mounted on ${facts.lxcfs}`)
    : warn(
        'lxcfs is not mounted: free, nproc and uptime inside a tenant tell the figures of the host',
        'apt-get install --no-install-recommends lxcfs, then: systemctl start lxcfs, or: lxcfs /var/lib/lxcfs',
      );

export const PROGRAM_CHECKS: readonly CheckSpec[] = [
  { id: 'lxc', timeoutMs: SLOW_MS, look: checkLxcVersion },
  ...PROGRAMS.map((spec) => ({
    id: spec.program,
    timeoutMs: SLOW_MS,
    look: (known: CheckFacts) => checkProgram(spec, known),
  })),
  { id: 'lxcfs', timeoutMs: SLOW_MS, look: checkLxcfs },
];
