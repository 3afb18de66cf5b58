// The checks of `tenantctl doctor`. Pure.

import type { CheckView, InventoryView } from '../../api/contract.ts';
import { formatBytes } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import type { Paint, Tone } from './style.ts';

const TONES: { readonly [K in CheckView['status']]: Tone } = {
  pass: 'good',
  warn: 'warn',
  fail: 'bad',
  unknown: 'quiet',
};

const renderCheck = ({ id, status, summary, fix }: CheckView, idWidth: number, paint: Paint): string => {
  const line = `${paint(TONES[status], status.padEnd(7))}  ${id.padEnd(idWidth)}  ${escapeLine(summary)}\n`;
  return status === 'pass' || fix === '' ? line : `${line}${' '.repeat(idWidth + 11)}fix: ${escapeLine(fix)}\n`;
};

/** What the firmware does not say is left out: many virtual machines have no model. */
const wordsOf = (...texts: readonly string[]): string => texts.filter((text) => text.trim() !== '').join(' ');

/** The machine in one line. */
export const renderInventory = ({ manufacturer, model, cpu, cores, memory, distro, kernel }: InventoryView): string => {
  const parts = [
    wordsOf(manufacturer, model),
    `${cores} x ${cpu || 'CPU'}`,
    `${formatBytes(memory)} of memory`,
    distro,
    `Linux ${kernel}`,
  ];
  return `${escapeLine(parts.filter((part) => part !== '').join(', '))}\n`;
};

export const countChecks = (checks: readonly CheckView[], status: CheckView['status']): number =>
  checks.filter((check) => check.status === status).length;

export const renderChecks = (checks: readonly CheckView[], paint: Paint): string => {
  const width = Math.max(0, ...checks.map(({ id }) => id.length));
  const tally = (['pass', 'warn', 'fail', 'unknown'] as const)
    .map((status) => [status, countChecks(checks, status)] as const)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`);
  return `${checks.map((check) => renderCheck(check, width, paint)).join('')}\n${tally.join(', ')}\n`;
};
