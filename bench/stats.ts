// Medians, ratios and verdicts of a benchmark, as text. Pure.

export interface Summary {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @returns undefined for no values at all */
export const summarise = (values: readonly number[]): Summary | undefined => {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  if (min === undefined || max === undefined || high === undefined || low === undefined) return undefined;
  return { runs: sorted.length, median: (low + high) / 2, min, max };
};

/** What a figure is held against: at most `most` times the figure of `peer`. */
export interface Bar {
  readonly peer: string;
  readonly most: number;
}

export interface Comparison {
  readonly title: string;
  /** The name of ours among `values`. */
  readonly ours: string;
  /** Milliseconds of each run, by contender. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly bars: readonly Bar[];
}

export type Verdict = 'within the bar' | 'short of the bar' | 'not measured';

/** @returns the ratio of the medians, and whether it is at most the bar */
export const judge = (
  ours: Summary | undefined,
  peer: Summary | undefined,
  most: number,
): { readonly ratio: number | undefined; readonly verdict: Verdict } => {
  if (!ours || !peer || peer.median <= 0) return { ratio: undefined, verdict: 'not measured' };
  const ratio = ours.median / peer.median;
  return { ratio, verdict: ratio <= most ? 'within the bar' : 'short of the bar' };
};

export const judgeAmount = (value: number | undefined, most: number): Verdict => {
  if (value === undefined) return 'not measured';
  return value <= most ? 'within the bar' : 'short of the bar';
};

const ms = (value: number): string => value.toFixed(1).padStart(8);

const formatSummary = (name: string, summary: Summary): string =>
  `  ${name.padEnd(34)}${ms(summary.median)} ms   min ${ms(summary.min)}   max ${ms(summary.max)}   ${summary.runs} runs`;

/** One comparison: a line for each contender, then a line for each bar. */
export const formatComparison = ({ title, ours, values, bars }: Comparison): string => {
  const summaries = new Map([...values].map(([name, list]) => [name, summarise(list)]));
  const rows = [...summaries].flatMap(([name, summary]) => (summary ? [formatSummary(name, summary)] : []));
  const verdicts = bars.map(({ peer, most }) => {
    const { ratio, verdict } = judge(summaries.get(ours), summaries.get(peer), most);
    const figure = ratio === undefined ? '' : `${ratio.toFixed(2)} x ${peer}, `;
    return `  -> ${figure}bar ${most} x${ratio === undefined ? ` ${peer}` : ''}: ${verdict}`;
  });
  return [title, ...rows, ...verdicts].join('\n');
};

export const formatAmount = (title: string, value: number | undefined, most: number, unit: string): string =>
  `${title}\n  -> ${value === undefined ? '' : `${value.toFixed(1)} ${unit}, `}bar ${most} ${unit}: ${judgeAmount(value, most)}`;
