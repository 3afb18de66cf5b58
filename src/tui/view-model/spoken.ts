// The screen as sentences for a screen reader: no bars, no columns, the selected tenant first. Pure.

import { escapeLine } from '../../reports/escape.ts';
import type { State } from '../state/types.ts';
import { statusLine, titleLine, workLines } from './chrome.ts';
import { detailLines } from './detail.ts';
import { formLines, helpLines, menuLines, questionLines } from './dialogs.ts';
import { cpuText, shareText } from './figures.ts';
import { type Line, lineText } from './lines.ts';
import { buildRows } from './list.ts';
import { badge, coresText, faultText, memoryText, type Row } from './tenant-row.ts';

const WORDS = { unknown: 'unknown', down: ' lowered by a rule', up: ' raised by a rule' };

const rowSentence = (row: Row): string => {
  const { tenant, cpuShare, memoryShare, marked, selected } = row;
  const { usage } = tenant;
  const sign = badge(row).text;
  const parts = [
    `${selected ? 'selected: ' : ''}${tenant.name}${marked ? ', marked' : ''}, ${tenant.state}`,
    usage && cpuShare !== undefined ? `cpu ${shareText(cpuShare)}, ${coresText(tenant, WORDS)} cores` : '',
    usage && usage.throttledShare > 0 ? `throttled ${shareText(usage.throttledShare)}` : '',
    usage && memoryShare !== undefined ? `memory ${shareText(memoryShare)}, ${memoryText(tenant, WORDS)}` : '',
    sign,
    faultText(tenant),
    escapeLine(tenant.reason),
  ];
  return parts.filter((part) => part !== '').join(', ');
};

const hostSentence = ({ top }: State): string =>
  top === undefined
    ? ''
    : `host: cpu ${shareText(top.host.cpu / (top.host.cpus * 1000))}, ${cpuText(top.host.cpu)} of ${top.host.cpus} cores, memory ${shareText(top.host.memoryUsed / top.host.memoryTotal)}`;

const dialogLines = (state: State): readonly Line[] | undefined => {
  const { dialog } = state;
  switch (dialog?.kind) {
    case 'help':
      return helpLines(state);
    case 'form':
      return formLines(dialog, state);
    case 'menu':
      return menuLines(dialog, state);
    case 'confirm':
      return questionLines(dialog, state);
    default:
      return undefined;
  }
};

/** Lines enough for any pane: a reader has no height. */
const WHOLE = { width: 120, height: 60 };

export const spokenLines = (state: State): string[] => {
  const dialog = dialogLines(state);
  const body = dialog
    ? dialog.map(lineText)
    : state.detail
      ? detailLines(state, state.detail, WHOLE).map(lineText)
      : [hostSentence(state), ...buildRows(state).map(rowSentence)];
  const chrome = [titleLine(state), statusLine(state), ...workLines(state)].map(lineText);
  return [...chrome, ...body].map((text) => text.trimEnd()).filter((text) => text !== '');
};
