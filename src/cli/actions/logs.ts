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
  return `?bytes=${Number(text)}`;
};

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const query = readBytes(textOption(input, 'bytes'));
  const { text } = await context.call<{ text: string }>({ method: 'GET', path: `/v1/tenants/${name}/log${query}` });
  if (context.json) context.printJson({ text });
  else if (hasSwitch(input, 'raw')) context.print(text);
  else if (text === '') context.tell(`${name} has written nothing on its console yet\n`);
  else context.print(`${escapeText(text.replace(/\n$/, ''))}\n`);
  return 0;
};
