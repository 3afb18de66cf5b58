// The points of a graph: from the last minutes by seconds or the last day by minutes, one to a column. Pure.

import type { HistoryView } from '../../../api/contract.ts';
import type { SeriesRow } from '../../../api/series-contract.ts';
import { DAY_MS, readDay, readHistory } from '../../state/loads.ts';
import type { Range, State } from '../../state/types.ts';

export interface Point {
  readonly at: number;
  readonly cpu: number;
  readonly throttled: number;
  readonly memory: number;
  readonly io: number;
  readonly netRx: number | null;
  readonly netTx: number | null;
}

const SPANS_MS: { readonly [K in Range]: number } = { '1m': 60_000, '15m': 900_000, '24h': DAY_MS };

const ofSample = ({ at, usage }: HistoryView['points'][number]): Point => ({
  at: Date.parse(at),
  cpu: usage.cpu,
  throttled: usage.throttledShare,
  memory: usage.memory,
  io: usage.ioReadBps + usage.ioWriteBps,
  netRx: usage.netRxBps ?? null,
  netTx: usage.netTxBps ?? null,
});

const ofRow = (row: SeriesRow): Point => ({
  at: Date.parse(row.at),
  cpu: row.cpu,
  throttled: row.throttledShare,
  memory: row.memoryPeak,
  io: row.ioReadBps + row.ioWriteBps,
  netRx: row.netRxBps,
  netTx: row.netTxBps,
});

export interface Window {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
}

/** In the past only the day has something to show, whatever range was chosen. */
export const rangeOf = ({ at, detail }: State): Range => (at === undefined ? (detail?.range ?? '1m') : '24h');

export const readWindow = (state: State, name: string): Window => {
  const range = rangeOf(state);
  const points = range === '24h' ? readDay(state, name).map(ofRow) : readHistory(state, name).map(ofSample);
  const to = range === '24h' ? state.now : (points.at(-1)?.at ?? state.now);
  const from = to - SPANS_MS[range];
  return { from, to, points: points.filter(({ at }) => at > from && at <= to) };
};

export const columnOf = ({ from, to }: Pick<Window, 'from' | 'to'>, at: number, width: number): number =>
  Math.max(0, Math.min(width - 1, Math.floor(((at - from) / (to - from)) * width)));

/** The largest value of each column; where points are sparser than columns the last one is carried over the gap. */
export const spread = (window: Window, width: number, pick: (point: Point) => number | null): (number | null)[] => {
  const columns: (number | null)[] = Array.from({ length: width }, () => null);
  for (const point of window.points) {
    const value = pick(point);
    const column = columnOf(window, point.at, width);
    if (value !== null) columns[column] = Math.max(columns[column] ?? 0, value);
  }
  const gap = Math.ceil(width / Math.max(1, window.points.length)) + 1;
  return columns.map((value, i) => {
    if (value !== null) return value;
    for (let back = 1; back <= gap && i - back >= 0; back++) {
      const before = columns[i - back];
      if (before !== null && before !== undefined && window.points.length < width) return before;
    }
    return null;
  });
};
