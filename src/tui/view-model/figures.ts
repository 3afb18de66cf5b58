// Numbers as the screen writes them, in as few cells as can be. Pure.

import { formatBytes, formatCpu, formatDuration } from '../../domain/units.ts';

/** Above it a share is worth a look, and above that it hurts. */
export const WARN_AT = 0.75;
export const BAD_AT = 0.92;

/** "42%", "98%!": the sign says what the colour says. */
export const shareText = (share: number): string => `${Math.round(share * 100)}%${share >= BAD_AT ? '!' : ''}`;

/** Two decimals at the most: 417 -> "0.42". */
export const cpuText = (millis: number): string => formatCpu(Math.round(millis / 10) * 10);

/** No decimals from 10 on: "1.5G", "27K". */
export const bytesText = (bytes: number): string => formatBytes(bytes).replace(/^(\d{2,})\.\d/, '$1');

export const rateText = (perSecond: number | null | undefined, unknown: string): string =>
  perSecond === null || perSecond === undefined ? unknown : bytesText(perSecond);

/** "12:00:03" of an ISO time, in UTC as events and logs have it. */
export const clockText = (iso: string): string => iso.slice(11, 19);

/** "11-24 12:00:03". */
export const dayText = (iso: string): string => iso.slice(5, 19).replace('T', ' ');

export const isoOf = (ms: number): string => new Date(ms).toISOString();

/** How far away: "in 4m", "4m ago". */
export const untilText = (iso: string, now: number): string => {
  const ms = Date.parse(iso) - now;
  return ms >= 0 ? `in ${formatDuration(ms)}` : `${formatDuration(-ms)} ago`;
};
