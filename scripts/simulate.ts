// Simulates houses of 10 to 10,000 tenants under seeded loads and prints what the scheduler does, and what it costs.
// --seed N for other loads. The cost is CPU time of the deciding thread, the mean of all decisions, and printed beside
// its bar; its growth is for ten times the tenants. Exit status 1 for what test/support/judge-simulation.ts fails.

import { parseArgs } from 'node:util';
import { COST_BAR, growthOf, judge, type Run } from '../test/support/judge-simulation.ts';
import { actsAllowed, simulate } from '../test/support/simulation.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const seed = Number(values.seed);

/** Fewer seconds for more tenants, so that each takes as long. */
const RUNS: readonly { readonly tenants: number; readonly seconds: number }[] = [
  { tenants: 10, seconds: 6 * 3600 },
  { tenants: 100, seconds: 2 * 3600 },
  { tenants: 1000, seconds: 1800 },
  { tenants: 10_000, seconds: 240 },
];

const columns = [
  'tenants',
  'seconds',
  'acts/tenant-h',
  'most acts',
  'allowed',
  'turned back',
  'fair after',
  'us/tenant',
  `of ${COST_BAR} us`,
  'growth',
];
const print = (cells: readonly string[]): void => {
  console.log(cells.map((cell, i) => cell.padStart(Math.max(8, columns[i]?.length ?? 0))).join('  '));
};

/** CPU of this thread, not wall time: others may be busy on the machine. */
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const printRun = (run: Run, acts: number, smaller: Run | undefined): void => {
  const { tenants, seconds, result } = run;
  const cost = result.cost ?? 0;
  print([
    String(tenants),
    String(seconds),
    ((acts / tenants / seconds) * 3600).toFixed(1),
    String(result.mostActs),
    String(actsAllowed(seconds)),
    String(result.turnedBack),
    result.timeToFairness === null ? 'never' : `${result.timeToFairness} s`,
    cost.toFixed(2),
    `${Math.round((cost / COST_BAR) * 100)}%`,
    growthOf(run, smaller)?.toFixed(2) ?? '',
  ]);
};

print(columns);
const runs: Run[] = [];
for (const { tenants, seconds } of RUNS) {
  const result = simulate({ tenants, seconds, seed, now: cpuMs });
  const run = { tenants, seconds, result };
  printRun(run, result.acts, runs.at(-1));
  runs.push(run);
}
const faults = judge(runs);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
