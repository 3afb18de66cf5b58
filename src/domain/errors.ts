// The one table of problems: code -> kind, what to say, what to type next.

/** Kinds decide the exit status (cli) and the HTTP status (api); both are exhaustive records over this union. */
export type ProblemKind =
  | 'usage'
  | 'not-found'
  | 'permission'
  | 'conflict'
  | 'unreachable'
  | 'capacity'
  | 'unsupported'
  | 'busy'
  | 'failure';

/**
 * Values a message may show. Never secrets. `inFile` is set for an entry of a file: its name goes before the message, and
 * the hint speaks of keys instead of options.
 */
export type ProblemData = Readonly<Record<string, string | number | boolean | null | undefined>>;

interface ProblemEntry {
  readonly kind: ProblemKind;
  /** What failed, with which input. */
  readonly message: (d: ProblemData) => string;
  /** The next thing to type. */
  readonly hint: (d: ProblemData) => string;
}

const entry = (
  kind: ProblemKind,
  message: (d: ProblemData) => string,
  hint: (d: ProblemData) => string,
): ProblemEntry => ({ kind, message, hint });

export const PROBLEMS = {
  // what the user typed
  USAGE: entry(
    'usage',
    (d) => `${d.what}`,
    (d) => `run: tenantctl ${d.command ?? ''} --help`.replace('  ', ' '),
  ),
  NAME_INVALID: entry(
    'usage',
    (d) => `"${d.value}" is not a tenant name: ${d.why}`,
    () => 'use 1-30 of a-z, 0-9 and "-", first a letter, last no "-"; for example: tenantctl add alice',
  ),
  SIZE_INVALID: entry(
    'usage',
    (d) => `${d.field} "${d.value}" is not a size: ${d.why}`,
    (d) => `write a number with K, M, G or T, for example --${d.field} 512M`,
  ),
  SIZE_RANGE: entry(
    'usage',
    (d) => `${d.field} ${d.value} is out of range: it must be between ${d.min} and ${d.max}`,
    (d) => `try --${d.field} ${d.example}`,
  ),
  CPU_INVALID: entry(
    'usage',
    (d) => `cpu "${d.value}" is not an amount of CPU: ${d.why}`,
    () => 'write cores (1, 0.5), a percentage of one core (150%) or thousandths (500m), for example --cpu 0.5',
  ),
  NUMBER_RANGE: entry(
    'usage',
    (d) => `${d.field} "${d.value}" is not a whole number from ${d.min} to ${d.max}`,
    (d) => `try --${d.field} ${d.example}`,
  ),
  CPUSET_INVALID: entry(
    'usage',
    (d) => `cpuset "${d.value}" does not name CPUs of this host: ${d.why}`,
    (d) =>
      `use a list such as 0 or 0-1,3; ${d.available ? `this host has CPUs ${d.available}` : 'those of this host: cat /sys/devices/system/cpu/online'}`,
  ),
  DURATION_INVALID: entry(
    'usage',
    (d) => `"${d.value}" is not a duration: ${d.why}`,
    () => 'write for example 90s, 10m, 1h30m or 7d',
  ),
  TIME_INVALID: entry(
    'usage',
    (d) => `"${d.value}" is not a time: ${d.why}`,
    () => 'write for example 14:05, -2h, 2026-11-24T14:05 or 2026-11-24T14:05:00Z',
  ),
  TEMPLATE_INVALID: entry(
    'usage',
    (d) => `"${d.value}" is not a template: ${d.why}`,
    () => 'use minimal, debian or tar:/path/to/rootfs.tar.gz; see: tenantctl template ls',
  ),
  TEMPLATE_MISSING: entry(
    'not-found',
    (d) => `there is no template "${d.value}"`,
    () => 'see: tenantctl template ls',
  ),
  BASE_MISSING: entry(
    'not-found',
    (d) => (d.count ? `${d.count} bases begin with "${d.value}"` : `there is no base "${d.value}"`),
    (d) => (d.count ? 'write more of its digest; see: tenantctl template ls' : 'see: tenantctl template ls'),
  ),
  FIELD_UNKNOWN: entry(
    'usage',
    (d) => `${d.where}: unknown key "${d.key}"`,
    (d) => `known keys: ${d.known}`,
  ),
  FIELD_INVALID: entry(
    'usage',
    (d) => `${d.where}: "${d.value}" is not valid for ${d.key}: ${d.why}`,
    () => 'see: tenantctl apply --help',
  ),
  FILE_INVALID: entry(
    'usage',
    (d) => `${d.path}: ${d.why}`,
    () => 'see tenants/three-friends.yaml for a working example',
  ),
  FILE_UNREADABLE: entry(
    'usage',
    (d) => `cannot read ${d.path}: ${d.why}`,
    () => 'check the path and try again',
  ),
  CONFIRM_NEEDED: entry(
    'usage',
    (d) => `${d.what} needs a confirmation, and there is no terminal to ask on`,
    (d) => `add --yes: ${d.command}`,
  ),
  CONFIRM_MISMATCH: entry(
    'usage',
    (d) => `"${d.value}" is not "${d.expected}": nothing was removed`,
    (d) => `type ${d.expected} to go on, or: ${d.command}`,
  ),
  // tenants
  TENANT_MISSING: entry(
    'not-found',
    (d) => `there is no tenant "${d.name}"`,
    (d) => (d.near ? `did you mean "${d.near}"? see: tenantctl ls` : 'see: tenantctl ls'),
  ),
  TENANT_EXISTS: entry(
    'conflict',
    (d) => `tenant "${d.name}" exists already${d.differs ? ` and differs (${d.differs})` : ''}`,
    (d) =>
      d.madeFrom
        ? `it was made from ${d.madeFrom}, which stays; for another, take another name, or first: tenantctl rm ${d.name}`
        : `to change it: tenantctl set ${d.name} …; to look: tenantctl show ${d.name}`,
  ),
  TENANT_STATE: entry(
    'conflict',
    (d) => `tenant "${d.name}" is ${d.state}: ${d.what}`,
    (d) => `${d.fix}`,
  ),
  TENANT_BUSY: entry(
    'busy',
    (d) => `tenant "${d.name}" is busy: ${d.what} is under way`,
    () => 'wait for it to end and try again',
  ),
  TRASH_MISSING: entry(
    'not-found',
    (d) => `the trash holds no "${d.value}"`,
    () => 'see: tenantctl trash ls',
  ),
  // rules
  NOT_MEASURED: entry(
    'not-found',
    (d) => `nothing was measured of ${d.name} at ${d.at}`,
    () => 'decisions are kept for 7 days, from the first second of the daemon on; see: tenantctl history',
  ),
  RULE_UNKNOWN: entry(
    'usage',
    (d) => `there is no rule "${d.key}"`,
    (d) => `${d.near ? `did you mean "${d.near}"? ` : ''}rules: ${d.known}; see: tenantctl set --help`,
  ),
  RULE_INVALID: entry(
    'usage',
    (d) => `"${d.value}" is not valid for rule ${d.key}: ${d.why}`,
    (d) => `for example: ${d.key}: ${d.example}`,
  ),
  PLAN_INVALID: entry(
    'usage',
    (d) => `"${d.value}" is not the name of a plan: ${d.why}`,
    () => 'use 1-30 of a-z, 0-9 and "-", for example: third; see: tenantctl plan ls',
  ),
  PLAN_EXISTS: entry(
    'conflict',
    (d) => `plan "${d.name}" is there twice`,
    () => 'give each plan one name of its own and apply the file again',
  ),
  PLAN_MISSING: entry(
    'not-found',
    (d) => `there is no plan "${d.name}"`,
    (d) => (d.near ? `did you mean "${d.near}"? see: tenantctl plan ls` : 'see: tenantctl plan ls'),
  ),
  PLAN_IN_USE: entry(
    'conflict',
    (d) => `plan "${d.name}" is used by tenant "${d.tenant}"`,
    (d) => `give it another first: tenantctl set ${d.tenant} --plan none`,
  ),
  WINDOWS_CONFLICT: entry(
    'conflict',
    (d) => `windows "${d.first}" and "${d.second}" set ${d.what} differently at the same time (${d.when})`,
    () => 'make them not overlap, or give both the same value; see: tenantctl set --help',
  ),
  SHARES_EXCEED: entry(
    'capacity',
    (d) => `the shares add up to ${d.sum}${d.when ? ` (${d.when})` : ''}, more than the whole house: ${d.owners}`,
    () => 'lower one of them: tenantctl set NAME --share 1/3, or --share auto for an equal part of the rest',
  ),
  ZONE_UNKNOWN: entry(
    'usage',
    (d) => `"${d.value}" is not a time zone`,
    () => 'use an IANA name, for example Europe/Berlin, or UTC; see: timedatectl list-timezones, then try again',
  ),
  CREDITS_OFF: entry(
    'conflict',
    (d) => `tenant "${d.name}" has no credit rule`,
    (d) => `give it one: tenantctl set ${d.name} --credits baseline=0.5,burst=2`,
  ),
  CREDITS_SELF: entry(
    'usage',
    (d) => `tenant "${d.name}" cannot give credits to itself`,
    (d) => `name two tenants, or let the box pay: tenantctl credits grant ${d.name} 30`,
  ),
  CREDITS_SHORT: entry(
    'conflict',
    (d) => `tenant "${d.name}" has ${d.has} credits, ${d.asked} were asked for`,
    (d) => `see: tenantctl credits show ${d.name}`,
  ),
  // capacity and support
  OVERCOMMIT: entry(
    'capacity',
    (d) =>
      `${d.resource}: ${d.asked} for "${d.name}" plus ${d.promised} promised to others is more than the house's ${d.house}`,
    (d) =>
      d.inFile
        ? `lower ${d.resource}, or accept sharing: overcommit: true in the file, or apply --overcommit`
        : `lower --${d.resource}, or accept sharing: add --overcommit`,
  ),
  HOST_TOO_SMALL: entry(
    'capacity',
    (d) => `${d.resource} ${d.asked} is more than this host has (${d.has})`,
    (d) => (d.inFile ? `try ${d.resource}: ${d.example}` : `try --${d.resource} ${d.example}`),
  ),
  DISK_SPACE: entry(
    'capacity',
    (d) => `${d.path} has ${d.free} free, ${d.needed} are needed to ${d.what}`,
    () => 'free some space (tenantctl trash empty) and try again',
  ),
  DISK_IN_USE: entry(
    'busy',
    (d) => `${d.path} (${d.device}) is still mounted by a program outside the tenant`,
    (d) => `end that program and try again; to find it: grep -l "${d.device} " /proc/[0-9]*/mountinfo`,
  ),
  SHRINK_REFUSED: entry(
    'conflict',
    (d) => `disk of "${d.name}" cannot become ${d.asked}: ${d.why}`,
    (d) =>
      d.inFile
        ? `it needs ${d.least} at least: disk: ${d.least} in the file, and apply --restart`
        : `it needs ${d.least} at least: tenantctl set ${d.name} --disk ${d.least} --restart`,
  ),
  RESTART_NEEDED: entry(
    'conflict',
    (d) => `${d.what} of "${d.name}" cannot change while it runs on this host: ${d.why}`,
    (d) => (d.inFile ? 'apply the file with --restart' : `add --restart: tenantctl set ${d.name} ${d.flag} --restart`),
  ),
  IDS_EXHAUSTED: entry(
    'capacity',
    (d) => `all ${d.count} id blocks are in use`,
    () => 'remove a tenant, and empty the trash: tenantctl trash empty',
  ),
  NOT_ENFORCEABLE: entry(
    'unsupported',
    (d) => `this host cannot enforce ${d.limit}: ${d.why}`,
    (d) =>
      d.inFile
        ? `leave ${d.limit} out, or accept it as a wish: best-effort: true`
        : `leave --${d.limit} out, or accept it as a wish: add --best-effort`,
  ),
  UNSUPPORTED: entry(
    'unsupported',
    (d) => `this host lacks ${d.what}: ${d.why}`,
    () => 'run: tenantctl doctor',
  ),
  // effects
  KERNEL_WRITE: entry(
    'failure',
    (d) => `writing "${d.value}" to ${d.path}: ${d.errno}`,
    () => 'run: tenantctl doctor',
  ),
  KERNEL_READ: entry(
    'failure',
    (d) => `reading ${d.path}: ${d.errno}`,
    () => 'run: tenantctl doctor',
  ),
  LIMIT_NOT_TAKEN: entry(
    'failure',
    (d) => `${d.path} reads "${d.got}" after "${d.value}" was written`,
    () => 'run: tenantctl doctor',
  ),
  SYSCALL: entry(
    'failure',
    (d) => `${d.call}(${d.args}): ${d.errno}`,
    () => 'run: tenantctl doctor',
  ),
  COMMAND_FAILED: entry(
    'failure',
    (d) => `${d.command} ended with ${d.status}: ${d.output}`,
    () => 'run: tenantctl doctor',
  ),
  COMMAND_MISSING: entry(
    'unsupported',
    (d) => `the program ${d.command} is not installed`,
    () => 'run ./install.sh again, or: tenantctl doctor',
  ),
  COMMAND_TIMEOUT: entry(
    'failure',
    (d) => `${d.command} did not end within ${d.seconds} s`,
    () => 'run: tenantctl doctor',
  ),
  START_FAILED: entry(
    'failure',
    (d) => `tenant "${d.name}" did not start: ${d.why}`,
    (d) => `see: tenantctl logs ${d.name}`,
  ),
  ARCHIVE_UNSAFE: entry(
    'usage',
    (d) => `${d.path}: entry "${d.entry}" ${d.why}; nothing was unpacked`,
    () => 'use a plain rootfs tarball, for example one made by: tar -C ROOTFS --exclude="./dev/*" -czf rootfs.tar.gz .',
  ),
  ARCHIVE_INVALID: entry(
    'usage',
    (d) => `${d.path} is not a rootfs tarball: ${d.why}`,
    () => 'make one with: tar -C ROOTFS --exclude="./dev/*" -czf rootfs.tar.gz .',
  ),
  // daemon and state
  DAEMON_DOWN: entry(
    'unreachable',
    (d) => `no daemon answers on ${d.socket}: ${d.why}`,
    () => 'start it: sudo tenantctl daemon, or: systemctl start tenantctl',
  ),
  DAEMON_SLOW: entry(
    'unreachable',
    (d) => `the daemon on ${d.socket} did not answer within ${d.seconds} s`,
    () => 'look at its log: journalctl -u tenantctl, or RUN/daemon.log',
  ),
  DAEMON_RUNNING: entry(
    'conflict',
    (d) => `a daemon with process id ${d.pid} already serves ${d.state}`,
    () => 'use it: tenantctl ls',
  ),
  DAEMON_STOPPING: entry(
    'busy',
    () => 'the daemon is stopping',
    () => 'try again in a moment',
  ),
  VERSION_MISMATCH: entry(
    'unreachable',
    (d) => `the daemon speaks API ${d.daemon}, this command API ${d.client}`,
    () => 'restart the daemon: systemctl restart tenantctl, or: kill it and run any command',
  ),
  NOT_ALLOWED: entry(
    'permission',
    (d) => `user ${d.uid} may not ${d.what}`,
    () => 'use sudo, or ask the admin: usermod -aG tenantctl USER',
  ),
  NEEDS_ROOT: entry(
    'permission',
    (d) => `${d.what} needs root`,
    (d) => `run: sudo tenantctl ${d.command}`,
  ),
  STATE_CORRUPT: entry(
    'failure',
    (d) => `${d.path} is not a registry: ${d.why}; nothing was changed`,
    (d) =>
      d.backup
        ? `the last good copy is ${d.backup}; to use it: tenantctl daemon --use-backup`
        : 'restore it from your own backup',
  ),
  STATE_NEWER: entry(
    'failure',
    (d) =>
      `${d.path} was written by a newer tenantctl (schema ${d.found}, this one knows ${d.known}); nothing was changed`,
    (d) =>
      `upgrade tenantctl${d.backup ? `, or use the last good copy ${d.backup}: tenantctl daemon --use-backup` : ''}`,
  ),
  CONFIG_INVALID: entry(
    'failure',
    (d) => `${d.path}: ${d.why}`,
    () => 'mend the file and start the daemon again',
  ),
  HISTORY_WRITE: entry(
    'failure',
    (d) => `${d.path}: ${d.what}: ${d.why}`,
    () => 'free some space (tenantctl trash empty); the next ten seconds are written with those that were not',
  ),
  EVENTS_LOST: entry(
    'not-found',
    (d) => `events before ${d.oldest} are no longer kept; you asked for those after ${d.since}`,
    (d) => `read again from there: tenantctl events --since ${d.oldest}`,
  ),
  CANCELLED: entry(
    'failure',
    (d) => `${d.what} was cancelled; ${d.outcome ?? 'what it had begun is undone'}`,
    () => 'run it again when you are ready',
  ),
  REQUEST_INVALID: entry(
    'usage',
    (d) => `${d.method} ${d.path}: ${d.why}`,
    () => 'see docs/api.md',
  ),
  INTERNAL: entry(
    'failure',
    (d) => `unexpected: ${d.what}`,
    () => 'please report it with the daemon log',
  ),
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof PROBLEMS;

/** An error with a code of the table; `message` says what, `hint` says what to type. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly kind: ProblemKind;
  readonly hint: string;
  readonly data: ProblemData;

  constructor(code: ProblemCode, data: ProblemData, options?: { cause?: unknown }) {
    const { kind, message, hint } = PROBLEMS[code];
    super(data['inFile'] ? `${data['inFile']}: ${message(data)}` : message(data), options);
    this.name = 'Problem';
    this.code = code;
    this.kind = kind;
    this.hint = hint(data);
    this.data = data;
  }

  /** By its parts, not by its class: the installed program is several bundles, each with a class of its own. */
  static override [Symbol.hasInstance](value: unknown): value is Problem {
    return value instanceof Error && value.name === 'Problem' && 'code' in value && 'hint' in value && 'data' in value;
  }
}

/** Builds a Problem; `throw problem('KERNEL_WRITE', {path, value, errno}, {cause})`. */
export const problem = (code: ProblemCode, data: ProblemData = {}, options?: { cause?: unknown }): Problem =>
  new Problem(code, data, options);

/** Any thrown value as a Problem; foreign errors become INTERNAL with the original as cause. */
export const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  const what = error instanceof Error ? error.message : String(error);
  return problem('INTERNAL', { what }, { cause: error });
};

/** What travels over the socket and what `--json` prints. */
export interface ProblemReport {
  readonly code: ProblemCode;
  readonly kind: ProblemKind;
  readonly message: string;
  readonly hint: string;
  readonly data: ProblemData;
}

export const reportProblem = ({ code, kind, message, hint, data }: Problem): ProblemReport => ({
  code,
  kind,
  message,
  hint,
  data,
});

/** Inverse of reportProblem, for the client side. */
export const problemFromReport = (report: ProblemReport): Problem =>
  Object.hasOwn(PROBLEMS, report.code)
    ? problem(report.code, report.data)
    : problem('INTERNAL', { what: `${report.code}: ${report.message}` });
