// `tenantctl start|stop|restart|freeze|thaw`: one verb on one tenant.

import type { TenantView } from '../../api/contract.ts';
import { problem } from '../../domain/errors.ts';
import { parseName } from '../../domain/names.ts';
import { parseDuration } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import { type Action, textOption } from '../definition.ts';

const verb =
  (act: string, readBody: (timeout: string | undefined) => object = () => ({})): Action =>
  async (context, input) => {
    const name = parseName(input.args[0] ?? '');
    const body = readBody(textOption(input, 'timeout'));
    const tenant = await context.work<TenantView>(
      { method: 'POST', path: `/v1/tenants/${name}/${act}`, body },
      { what: `${act} ${name}`, tenant: name },
    );
    const reason = tenant.reason === '' ? '' : ` (${escapeLine(tenant.reason)})`;
    if (context.json) context.printJson({ tenant });
    else context.print(`${tenant.name} is ${tenant.state}${reason}\n`);
    return 0;
  };

/** The API's own bound. */
const MAX_TIMEOUT_MS = 600_000;

const readTimeout = (text: string | undefined): object => {
  if (text === undefined) return {};
  const timeoutMs = parseDuration(text);
  if (timeoutMs > MAX_TIMEOUT_MS)
    throw problem('DURATION_INVALID', { value: text.slice(0, 40), why: '10m is the most' });
  return { timeoutMs };
};

export const start = verb('start');
export const stop = verb('stop', readTimeout);
export const restart = verb('restart');
export const freeze = verb('freeze');
export const thaw = verb('thaw');
