// One line an event. Pure.

import type { EventView } from '../../api/contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import { formatTime } from './cells.ts';
import type { Paint } from './style.ts';

const TYPE_WIDTH = 16;
const NAME_WIDTH = 10;

export const renderEvent = (event: EventView, paint: Paint): string => {
  const who = escapeLine(event.tenant ?? '-').padEnd(NAME_WIDTH);
  const type = escapeLine(event.type).padEnd(TYPE_WIDTH);
  return `${paint('quiet', String(event.seq).padStart(5))} ${formatTime(event.at)} ${who} ${type} ${escapeLine(event.text)} ${paint('quiet', `(${escapeLine(event.by)})`)}\n`;
};
