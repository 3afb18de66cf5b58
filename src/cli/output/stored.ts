// The tables of `tenantctl trash ls` and `tenantctl template ls`. Pure.

import type { TemplateView, TrashView } from '../../api/contract.ts';
import { formatBytes } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import { formatTime, UNKNOWN } from './cells.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';

interface Look {
  readonly width: number;
  readonly paint: Paint;
}

const TRASH: readonly Column<TrashView>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'KEY', cell: ({ key }) => key },
  { title: 'REMOVED (UTC)', cell: ({ deletedAt }) => formatTime(deletedAt) },
  { title: 'KEPT UNTIL (UTC)', cell: ({ expiresAt }) => formatTime(expiresAt) },
  { title: 'DISK', right: true, cell: ({ disk }) => formatBytes(disk) },
];

export const renderTrash = (entries: readonly TrashView[], look: Look): string => renderTable(TRASH, entries, look);

interface BaseRow {
  readonly template: TemplateView;
  readonly base: TemplateView['bases'][number] | undefined;
}

const BASES: readonly Column<BaseRow>[] = [
  { title: 'TEMPLATE', cell: ({ template }) => template.name },
  { title: 'BASE', cell: ({ base }) => base?.digest ?? 'not built yet' },
  { title: 'SIZE', right: true, cell: ({ base }) => (base ? formatBytes(base.bytes) : UNKNOWN) },
  { title: 'BUILT (UTC)', priority: 3, cell: ({ base }) => (base ? formatTime(base.builtAt) : UNKNOWN) },
  { title: 'USED BY', priority: 2, cell: ({ base }) => base?.usedBy.join(', ') || UNKNOWN },
  { title: 'WHAT IT IS', priority: 4, cell: ({ template }) => escapeLine(template.summary) },
];

const rowsOf = (template: TemplateView): BaseRow[] =>
  template.bases.length === 0 ? [{ template, base: undefined }] : template.bases.map((base) => ({ template, base }));

export const renderTemplates = (templates: readonly TemplateView[], look: Look): string =>
  renderTable(BASES, templates.flatMap(rowsOf), look);
