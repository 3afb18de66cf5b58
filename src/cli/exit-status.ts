// Exit statuses: one for each kind of problem, and the few that are none.

import type { ProblemKind } from '../domain/errors.ts';

/** 75 is EX_TEMPFAIL of sysexits.h: the same command may work a moment later. */
export const EXIT_STATUS: { readonly [K in ProblemKind]: number } = {
  failure: 1,
  usage: 2,
  'not-found': 3,
  permission: 4,
  conflict: 5,
  unreachable: 6,
  capacity: 7,
  unsupported: 8,
  busy: 75,
};

/** 128 + SIGINT, as shells do. */
export const EXIT_INTERRUPTED = 130;

export const EXIT_MEANING: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'it failed',
  2: 'the command line or the file is wrong',
  3: 'no such tenant, plan, template or entry of the trash',
  4: 'not allowed, or root is needed',
  5: 'a conflict with what is there (exists already, wrong state)',
  6: 'no daemon answers, or it speaks another version',
  7: 'more than this host or its house has',
  8: 'this host cannot do it (see: tenantctl doctor)',
  75: 'busy: try again in a moment',
  126: 'exec: the command could not be started',
  127: 'exec: there is no such command in the tenant',
  130: 'interrupted by ^C; what was begun is undone',
};
