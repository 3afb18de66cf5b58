// `tenantctl apply`: its words and help.

import type { CommandDef } from '../definition.ts';

export const apply: CommandDef = {
  name: 'apply',
  summary: 'make plans and tenants as a file describes them',
  details: [
    'A tenant that is not in the file is left alone. A file with a mistake, or with something that this host cannot do, changes nothing.',
    'What is stopped is started, unless its entry says start: false; nothing is stopped, so that start: false is for tenants to be created. The template of a tenant that is there cannot change.',
    'Keys of a tenant: name, template, cpu, cpu-weight, memory, swap, disk, pids, io-read, io-write, cpuset, start, restart-policy, best-effort, overcommit, plan, rules.',
    'Top-level keys: plans (names with rules, see: tenantctl set --help), tenants. Plans are made first; a plan of the file replaces the one of its name. Under rules, what is not named stays as it is, and null goes back to the plan.',
  ],
  args: [{ name: 'FILE', summary: 'a YAML file; - for standard input', completes: 'file' }],
  options: [
    { long: 'dry-run', summary: 'only say what would change' },
    { long: 'restart', summary: 'stop and start tenants where a change needs that' },
    { long: 'overcommit', summary: 'accept more promises than the box can keep at once' },
  ],
  examples: [
    { run: 'tenantctl apply tenants/three-friends.yaml', what: 'create what is missing, change what differs' },
    { run: 'tenantctl apply tenants/three-friends.yaml --dry-run', what: 'look first' },
    { run: 'tenantctl apply tenants/plans.yaml', what: 'three plans to start from' },
  ],
  exits: [3, 5, 7, 8, 75, 130],
  load: async () => (await import('../actions/apply.ts')).run,
};
