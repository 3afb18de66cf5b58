// `tenantctl logs`: the console of a tenant. It chose the bytes, so they are escaped unless raw ones are asked for.

import { problem } from '../../domain/errors.ts';
import { parseName } from '../../domain/names.ts';
import { escapeText } from '../../reports/escape.ts';
import { type Action, hasSwitch, textOption } from '../definition.ts';

/** The API gives at most as much. */
const MAX_BYTES = 1 << 20;

const readBytes = (text: string | undefined): string => {
  if (text === undefined) return '';
  if (!/^\d{1,7}$/.test(text) || Number(text) < 1 || Number(text) > MAX_BYTES)
    throw problem('NUMBER_RANGE', { field: 'bytes', value: text.slice(0, 40), min: 1, max: MAX_BYTES, example: 65536 });
  return `bytes=${Number(text)}`;
};

/** On standard error, where the tenant's own text cannot imitate it. */
const sayWhatElse = (name: string, isEmpty: boolean, wantsBefore: boolean, hasBefore: boolean): string => {
  if (wantsBefore) return isEmpty ? `nothing is kept of a run of ${name} before this one\n` : '';
  const nothing = isEmpty ? `${name} has written nothing on its console yet\n` : '';
  return hasBefore
    ? `${nothing}this is since its last start; of the run before: tenantctl logs ${name} --before\n`
    : nothing;
};

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const wantsBefore = hasSwitch(input, 'before');
  const query = [readBytes(textOption(input, 'bytes')), wantsBefore ? 'before=1' : ''].filter(Boolean).join('&');
  const path = `/v1/tenants/${name}/log${query === '' ? '' : `?${query}`}`;
  const { text, before } = await context.call<{ text: string; before: boolean }>({ method: 'GET', path });
  if (context.json) {
    context.printJson({ text, before });
    return 0;
  }
  if (hasSwitch(input, 'raw')) context.print(text);
  else if (text !== '') context.print(`${escapeText(text.replace(/\n$/, ''))}\n`);
  context.tell(sayWhatElse(name, text === '', wantsBefore, before));
  return 0;
};
