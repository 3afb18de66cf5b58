// Simulates houses of 10 to 10,000 tenants under seeded loads and prints what the scheduler does, and what it costs.
// --seed N for other loads. The cost is CPU time of the deciding thread, the mean of all decisions. Exit status 1 when an act turns back the one before, a tenant sees too many acts, or one
// that wakes does not get its share.

import { parseArgs } from 'node:util';
import { actsAllowed, type Simulation, simulate } from '../test/support/simulation.ts';

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
  'growth',
];
const print = (cells: readonly string[]): void => {
  console.log(cells.map((cell, i) => cell.padStart(Math.max(8, columns[i]?.length ?? 0))).join('  '));
};

/** Of the cost per tenant against the smallest house; 1 = exactly linear. */
const growth = (cost: number, first: number): string => (cost / first).toFixed(2);

const isWrong = ({ turnedBack, mostActs, timeToFairness }: Simulation, seconds: number): boolean =>
  turnedBack > 0 || mostActs > actsAllowed(seconds) || timeToFairness === null;

/** CPU of this thread, not wall time: others may be busy on the machine. */
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

print(columns);
let wrong = false;
let first: number | undefined;
for (const { tenants, seconds } of RUNS) {
  const result = simulate({ tenants, seconds, seed, now: cpuMs });
  const cost = result.cost ?? 0;
  first ??= cost;
  wrong ||= isWrong(result, seconds);
  print([
    String(tenants),
    String(seconds),
    ((result.acts / tenants / seconds) * 3600).toFixed(1),
    String(result.mostActs),
    String(actsAllowed(seconds)),
    String(result.turnedBack),
    result.timeToFairness === null ? 'never' : `${result.timeToFairness} s`,
    cost.toFixed(2),
    growth(cost, first),
  ]);
}
if (wrong) {
  console.error('an act was turned back within a minute, a tenant saw too many acts, or one that woke got no share');
  process.exitCode = 1;
}
