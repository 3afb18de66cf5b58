// The numbers of the scheduler's decision, each with its reason. A parameter of every decision: tests pass shorter ones.

import { RAMP_MS } from './credits.ts';
import { MiB } from './units.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** One step of the ladder: a part of the quota for a time. */
export interface Tier {
  /** Part of the quota, 0..1. */
  readonly part: number;
  readonly ms: number;
}

export interface ScoreConstants {
  /** From 0 to 100 at the worst. */
  readonly fillMs: number;
  /** From 100 to 0 while nobody is hurt. */
  readonly emptyMs: number;
  /** The most of one interval that counts for a rise: nobody saw how the rest of a long one was. */
  readonly mostRiseMs: number;
  /** Nearer to its share than this part a tenant is neither above nor below it. */
  readonly margin: number;
  /** So many times its share is the worst: more does not fill the score faster. */
  readonly worstUse: number;
  /** Per mille of some-pressure from which a neighbour is hurt, by resource. */
  readonly hurtPressure: { readonly cpu: number; readonly memory: number; readonly io: number };
  /** Per mille of some-pressure that is the worst. */
  readonly worstPressure: number;
  /** Part of the house in use from which it is full. */
  readonly saturated: number;
  /** Without PSI: who uses less than this part of its share asks for nothing. */
  readonly activity: number;
  /** Per mille of throttled periods from which a tenant waits for its own cap, not for others. */
  readonly ownThrottle: number;
  /** Part of a memory limit from which a tenant is at it. */
  readonly atLimit: number;
  /** The same of CPU: a tenant that uses this part of its cap has all it allows. */
  readonly atCap: number;
  /** Bytes per second of the whole house below which the disk is no matter. */
  readonly leastIo: number;
}

export interface LadderConstants {
  /** Caps by occurrence. */
  readonly tiers: readonly Tier[];
  /** Length of a freeze and of a stop. */
  readonly endMs: number;
  /** One occurrence is forgotten after each. */
  readonly forgetMs: number;
}

export interface GuardConstants {
  /** Per mille of full memory pressure that is a stall. */
  readonly stallFull: number;
  /** A stall of this length begins the walk. */
  readonly stallMs: number;
  /** From each step to the next, and between two kills. */
  readonly stepMs: number;
  /** The same for the first steps while the host itself runs short. */
  readonly hostStepMs: number;
  /** Part of its memory a tenant is asked to give up in one go. */
  readonly reclaimPart: number;
  /** Kills before the tenant is restarted. */
  readonly kills: number;
  /** Part of the host's memory below which it runs short. */
  readonly hostAvailable: number;
  /** Per mille of full memory pressure of the whole host at which it runs short, if memory is scarce. */
  readonly hostFull: number;
  /** It is scarce when less than this part of the host's is available, or tenants hold this part of the house's. */
  readonly hostTight: number;
  readonly houseFull: number;
}

export interface PolicyConstants {
  readonly score: ScoreConstants;
  readonly ladder: LadderConstants;
  readonly guard: GuardConstants;
  /** An act that undoes the one before, without a new cause, waits so long. */
  readonly turnMs: number;
  /** When so little is left of a credit bank that it lasts this long at full burst, the cap begins to fall. */
  readonly creditRampMs: number;
  /** Below this no rule puts a tenant's CPU: cpu.max has a floor of 1 ms per 100 ms (cgroup-v2.rst). */
  readonly leastCpu: number;
  /** No rule takes memory below this, or below this part of the limit: log-in and cleaning up stay possible. */
  readonly leastMemory: number;
  readonly leastMemoryPart: number;
}

export const DEFAULT_CONSTANTS: PolicyConstants = {
  score: {
    fillMs: 600 * SECOND, // Arbiter's time_to_max_bad: ten minutes of the worst is no accident
    emptyMs: 1800 * SECOND, // Arbiter's time_to_min_bad
    mostRiseMs: 5 * SECOND,
    margin: 0.05, // the scheduler's own noise in one second on two cores
    worstUse: 2, // of two equal tenants: all of the house
    hurtPressure: { cpu: 100, memory: 100, io: 200 }, // one second in ten; disks make all wait a little
    worstPressure: 500,
    saturated: 0.95,
    activity: 0.1, // cron, sshd and init stay below
    ownThrottle: 100, // one period in ten: below nobody feels it
    atCap: 0.95,
    atLimit: 0.9, // measured: with 8 % left for file pages all processes waited 95 % of the time
    leastIo: MiB,
  },
  ladder: {
    // Arbiter's status groups: 0.8, 0.5, 0.3 for 30, 60, 120 minutes
    tiers: [
      { part: 0.8, ms: 30 * MINUTE },
      { part: 0.5, ms: 60 * MINUTE },
      { part: 0.3, ms: 120 * MINUTE },
    ],
    endMs: 120 * MINUTE, // as long as the last tier: overnight nobody has to remember it
    forgetMs: 180 * MINUTE, // Arbiter's occur_timeout
  },
  guard: {
    stallFull: 600, // systemd-oomd's DefaultMemoryPressureLimit
    stallMs: 30 * SECOND, // systemd-oomd's DefaultMemoryPressureDurationSec
    stepMs: 15 * SECOND, // systemd-oomd's pause after a kill
    hostStepMs: 5 * SECOND, // the kernel's own killer does not wait, and picks anybody
    reclaimPart: 0.1, // memory.reclaim works as long as it takes: a tenth ends within a second or two
    kills: 3,
    hostAvailable: 0.03, // below the reserve kept for the host, above the kernel's min watermark
    hostFull: 200, // the host's own processes wait as well: a log-in takes seconds
    hostTight: 0.1, // above it there are file pages to take before anybody waits
    houseFull: 0.95,
  },
  turnMs: 60 * SECOND,
  creditRampMs: RAMP_MS,
  leastCpu: 10,
  leastMemory: 16 * MiB,
  leastMemoryPart: 0.25,
};
