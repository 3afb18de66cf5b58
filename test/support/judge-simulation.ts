// Whether the scheduler did well in simulated houses of growing size: what `npm run simulate` fails on.

import { actsAllowed, type Simulation } from './simulation.ts';

export interface Run {
  readonly tenants: number;
  readonly seconds: number;
  readonly result: Pick<Simulation, 'turnedBack' | 'mostActs' | 'timeToFairness' | 'cost'>;
}

/** CPU time of a decision, microseconds per tenant. Printed, not judged: machines differ. */
export const COST_BAR = 20;

/**
 * How much a tenant may cost in a house against one in the next smaller house, for each ten times the tenants: 1 = exactly
 * linear. Ten tenants fit into the first cache and die in the youngest generation of the heap, ten thousand do neither,
 * which has been seen to make 1.9 of it; a pass that goes with n x sqrt(n) makes 3.2, one with n x n makes 10.
 */
export const MOST_GROWTH = 2.5;

/** Growth of the cost per tenant for ten times the tenants; null = not measured, or there is no smaller house. */
export const growthOf = (run: Run, smaller: Run | undefined): number | null => {
  if (!smaller?.result.cost || run.result.cost === null) return null;
  return (run.result.cost / smaller.result.cost) ** (1 / Math.log10(run.tenants / smaller.tenants));
};

const judgeRun = ({ tenants, seconds, result }: Run): string[] => {
  const { turnedBack, mostActs, timeToFairness } = result;
  const of = `with ${tenants} tenants`;
  return [
    ...(turnedBack > 0 ? [`${turnedBack} acts were turned back within a minute ${of}`] : []),
    ...(mostActs > actsAllowed(seconds) ? [`a tenant saw ${mostActs} acts ${of}`] : []),
    ...(timeToFairness === null ? [`one that woke never got its share ${of}`] : []),
  ];
};

/** What is wrong, a sentence each. @param runs from the smallest house to the largest */
export const judge = (runs: readonly Run[]): string[] =>
  runs.flatMap((run, i) => {
    const growth = growthOf(run, runs[i - 1]);
    const grown = growth !== null && growth > MOST_GROWTH;
    return [
      ...judgeRun(run),
      ...(grown ? [`the cost is not linear: ${growth.toFixed(2)} times per tenant with ${run.tenants} tenants`] : []),
    ];
  });
